namespace GraphPartition.Ir;

/// <summary>What the builders of one model share: diagnostics, fresh symbols and shared types. Not thread-safe.</summary>
public sealed class BuildScope
{
    /// <summary>Integer tensors of more elements than this are no shape arithmetic (<see cref="Value.Elements"/>).</summary>
    public const int MaxElements = 64;

    private readonly Dictionary<IrType, IrType> _types = [];
    private readonly List<Diagnostic> _diagnostics = [];
    private int _symbols;

    /// <summary>
    /// A scope in which to change <paramref name="graph"/>: symbols that it makes differ from all that the graph has already,
    /// since equal names would mean equal numbers.
    /// </summary>
    public static BuildScope For(Graph graph) => new() { _symbols = SymbolCounter.Above(graph) };

    /// <summary>What the rules objected to so far.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Notes a diagnostic.</summary>
    public void Report(Diagnostic diagnostic) => _diagnostics.Add(diagnostic);

    /// <summary>
    /// A symbol for a dimension that only the data tells. Such symbols start with '$', which marks them as ours: export
    /// writes them as unknown dimensions.
    /// </summary>
    public Dim FreshSymbol() => Dim.Named("$" + _symbols++);

    /// <summary>One object for equal types: graphs hold many values of few types.</summary>
    public IrType Shared(IrType type)
    {
        if (_types.TryGetValue(type, out IrType? shared)) return shared;
        _types.Add(type, type);
        return type;
    }
}
