using GraphPartition.Compiler.Cost;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>What the passes of one run over one model share. Not thread-safe.</summary>
/// <param name="model">The model whose graph the passes change.</param>
/// <param name="operators">The facts about operators.</param>
public sealed class PassContext(Model model, OperatorTable operators)
{
    /// <summary>The default of <see cref="FoldLimit"/>: 1 MiB.</summary>
    public const long DefaultFoldLimit = 1 << 20;

    private readonly HashSet<Refusal> _seen = [];
    private readonly List<Refusal> _refusals = [];
    private readonly List<Expansion> _expansions = [];
    private readonly HashSet<Value> _unevaluable = []; // by their first outputs, which stay when a node is copied
    private readonly Dictionary<OpName, bool> _pure = []; // by operator, bodies apart
    private HashSet<string>? _names; // of all values; collected at the first use

    /// <summary>The facts about operators.</summary>
    public OperatorTable Operators { get; } = operators;

    /// <summary>Diagnostics and symbols of the run; its symbols differ from those of the model.</summary>
    public BuildScope Scope { get; } = BuildScope.For(model.Graph);

    /// <summary>Computes constants; null: only shape arithmetic is folded.</summary>
    public IConstantEvaluator? Evaluator { get; init; }

    /// <summary>Bytes by which a folded constant may exceed the constants that nothing else uses.</summary>
    public long FoldLimit { get; init; } = DefaultFoldLimit;

    /// <summary>The most iterations of a loop that is unrolled; 0: no loop is.</summary>
    public long UnrollLimit { get; init; }

    /// <summary>The TensorRT release that the graph is for, and the losses of precision that the user allows.</summary>
    public TensorRtTarget Target { get; init; } = TensorRtTarget.Default;

    /// <summary>The cost model of the device, which decides what pays.</summary>
    public DeviceProfile Device { get; init; } = DeviceProfile.Default;

    /// <summary>The version of the standard operators in the model.</summary>
    public int Opset { get; } = model.Opsets.GetValueOrDefault("", 0);

    /// <summary>Why passes left nodes as they are: each reason once, in the order found.</summary>
    public IReadOnlyList<Refusal> Refusals => _refusals;

    /// <summary>Nodes that were expressed in other operators for the target, in the order of the graph.</summary>
    public IReadOnlyList<Expansion> Expansions => _expansions;

    /// <summary>A model of the same operator sets around a graph.</summary>
    public Model Around(Graph graph) => new(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion };

    /// <summary>Reports why a pass leaves a node as it is.</summary>
    public void Refuse(IGraphPass pass, Node node, string reason) => Refuse(new Refusal(pass.Name, node.Label, reason));

    /// <summary>Reports why an expansion is undone.</summary>
    internal void Refuse(string pass, Expansion expansion, string reason) =>
        Refuse(new Refusal(pass, $"{expansion.Op} '{expansion.Node}'", $"a part would fall back: {reason}"));

    private void Refuse(Refusal refusal)
    {
        if (_seen.Add(refusal)) _refusals.Add(refusal);
    }

    /// <summary>Reports a node that was expressed in other operators.</summary>
    internal void Report(Expansion expansion) => _expansions.Add(expansion);

    /// <summary>Forgets the expansions, because the graph before them is taken up again.</summary>
    internal void ForgetExpansions() => _expansions.Clear();

    /// <summary>A name that no value has, made from <paramref name="stem"/>.</summary>
    public string Fresh(string stem)
    {
        if (_names is null) Collect(model.Graph, _names = []);
        string name = stem;
        for (int number = 1; !_names.Add(name); number++) name = $"{stem}_{number}";
        return name;
    }

    /// <summary>
    /// Whether the node computes the same from the same inputs, every time: its operator is known and draws no random numbers,
    /// nor does any node in its bodies (<see cref="Operator.IsPure"/>).
    /// </summary>
    internal bool IsPure(Node node)
    {
        if (!_pure.TryGetValue(node.Op, out bool isPure)) _pure.Add(node.Op, isPure = Operators.Find(node.Op)?.IsPure == true);
        if (!isPure || node.Attributes.Count == 0) return isPure;
        foreach (Graph body in node.Attributes.Bodies())
            foreach (Node inner in body.Nodes)
                if (!IsPure(inner)) return false;
        return true;
    }

    /// <summary>Whether the evaluator failed on the node, or its result was too large.</summary>
    internal bool IsUnevaluable(Node node) => node.Output(0) is { } first && _unevaluable.Contains(first);

    /// <summary>Remembers that the evaluator cannot compute the node, so that no pass tries it again.</summary>
    internal void SetUnevaluable(Node node)
    {
        if (node.Output(0) is { } first) _unevaluable.Add(first);
    }

    private static void Collect(Graph graph, HashSet<string> names)
    {
        foreach (Value v in graph.Inputs) names.Add(v.Name);
        foreach (Value v in graph.Constants) names.Add(v.Name);
        foreach (Node node in graph.Nodes)
        {
            foreach (Value? v in node.Outputs)
                if (v is not null) names.Add(v.Name);
            if (node.Attributes.Count == 0) continue;
            foreach (Graph body in node.Attributes.Bodies()) Collect(body, names);
        }
    }
}
