namespace GraphPartition.Ir.Graphs;

/// <summary>What the builders of one model share: diagnostics, fresh symbols and shared types. Not thread-safe.</summary>
public sealed class BuildScope
{
    /// <summary>Integer tensors of more elements than this are not shape arithmetic (<see cref="Value.Elements"/>).</summary>
    public const int MaxElements = 64;

    /// <summary>
    /// Nodes of bodies that may be typed again because the types of the body's inputs became more precise. Each level of nesting does
    /// so for all levels in it, so without a bound the work doubles with each level.
    /// </summary>
    public const int MaxRetypedNodes = 4_000_000;

    private readonly Dictionary<IrType, IrType> _types = [];
    private readonly Dictionary<OpName, OpName> _operators = [];
    private readonly List<Diagnostic> _diagnostics = [];
    private IrType? _lastType;
    private int _symbols;
    private long _retyped;

    /// <summary>
    /// A scope in which to change <paramref name="graph"/>: symbols that it makes differ from all that the graph has already,
    /// since equal names would mean equal numbers.
    /// </summary>
    public static BuildScope For(Graph graph) => new() { _symbols = SymbolCounter.Above(graph) };

    /// <summary>The faults found so far.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>
    /// How many bodies are being built inside each other. What contradicts itself in a body is not an error: a branch that is there
    /// for other shapes is never taken with these.
    /// </summary>
    public int BodyDepth { get; set; }

    /// <summary>Adds a diagnostic.</summary>
    public void Report(Diagnostic diagnostic) =>
        _diagnostics.Add(BodyDepth > 0 && (diagnostic.Code == ModelCodes.ShapesContradict || diagnostic.Code == ModelCodes.WrongAttribute)
            ? diagnostic with { Code = ModelCodes.BodyContradicts } : diagnostic);

    /// <summary>Takes the diagnostics from the <paramref name="first"/> on back, and returns them.</summary>
    public ImmutableArray<Diagnostic> TakeBack(int first)
    {
        if (first == _diagnostics.Count) return [];
        ImmutableArray<Diagnostic> taken = [.. _diagnostics.Skip(first)];
        _diagnostics.RemoveRange(first, taken.Length);
        return taken;
    }

    /// <summary>Counts nodes that are to be typed again; false where there were too many.</summary>
    internal bool MayRetype(int nodes) => (_retyped += nodes) <= MaxRetypedNodes;

    /// <summary>
    /// A symbol for a dimension that depends on data. Such symbols start with '$', which marks them as ours: export
    /// writes them as unknown dimensions.
    /// </summary>
    public Dim FreshSymbol() => Dim.Named("$" + _symbols++);

    /// <summary>One object for equal types: graphs hold many values of few types.</summary>
    public IrType Shared(IrType type)
    {
        if (ReferenceEquals(type, _lastType)) return type; // neighbors often have one type, and a hash reads all of its dimensions
        if (!_types.TryGetValue(type, out IrType? shared)) _types.Add(type, shared = type);
        return _lastType = shared;
    }

    /// <summary>One object for equal operators.</summary>
    internal OpName Shared(OpName op)
    {
        if (_operators.TryGetValue(op, out OpName? shared)) return shared;
        _operators.Add(op, op);
        return op;
    }
}
