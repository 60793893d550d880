using GraphPartition.Compiler.Cost;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>What the passes of one run share. Made for one model; not thread-safe.</summary>
/// <param name="model">The model whose graph is to be changed.</param>
/// <param name="operators">What is known of operators.</param>
public sealed class PassContext(Model model, OperatorTable operators)
{
    /// <summary>The default of <see cref="FoldLimit"/>: 1 MiB.</summary>
    public const long DefaultFoldLimit = 1 << 20;

    private readonly HashSet<Refusal> _seen = [];
    private readonly List<Refusal> _refusals = [];
    private readonly HashSet<Value> _unevaluable = []; // by their first results, which outlive a node that is copied
    private readonly Dictionary<OpName, bool> _pure = []; // whether nodes without bodies are
    private HashSet<string>? _names; // of all values; collected when the first new one is asked for

    /// <summary>What is known of operators.</summary>
    public OperatorTable Operators { get; } = operators;

    /// <summary>Diagnostics and symbols of the run; its symbols are not among the model's.</summary>
    public BuildScope Scope { get; } = BuildScope.For(model.Graph);

    /// <summary>Computes constants; null: only shape arithmetic is folded.</summary>
    public IConstantEvaluator? Evaluator { get; init; }

    /// <summary>Bytes by which a constant may exceed the constants that it makes superfluous.</summary>
    public long FoldLimit { get; init; } = DefaultFoldLimit;

    /// <summary>The most iterations that a loop may be unrolled to; 0: none is.</summary>
    public long UnrollLimit { get; init; }

    /// <summary>The release of TensorRT that the graph is for, with what the user allows on the way into it.</summary>
    public TensorRtTarget Target { get; init; } = TensorRtTarget.Default;

    /// <summary>What is known of the device, to say what pays.</summary>
    public DeviceProfile Device { get; init; } = DeviceProfile.Default;

    /// <summary>The version of the standard operators that nodes are meant in.</summary>
    public int Opset { get; } = model.Opsets.GetValueOrDefault("", 0);

    /// <summary>Why nodes were left as they are; each reason once, in the order found.</summary>
    public IReadOnlyList<Refusal> Refusals => _refusals;

    /// <summary>A model of the same operator sets around a graph.</summary>
    public Model Around(Graph graph) => new(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion };

    /// <summary>Notes why a pass leaves a node as it is.</summary>
    public void Refuse(IGraphPass pass, Node node, string reason)
    {
        var refusal = new Refusal(pass.Name, node.Label, reason);
        if (_seen.Add(refusal)) _refusals.Add(refusal);
    }

    /// <summary>A name that no value has, made from <paramref name="stem"/>.</summary>
    public string Fresh(string stem)
    {
        if (_names is null) Collect(model.Graph, _names = []);
        string name = stem;
        for (int number = 1; !_names.Add(name); number++) name = $"{stem}_{number}";
        return name;
    }

    /// <summary>Starts a copy of a graph.</summary>
    internal GraphReplay Replay(Graph graph, bool isBody) => new(graph, Operators, Scope, isBody);

    /// <summary>
    /// Whether the node computes the same from the same inputs, every time: a known operator that draws no random numbers,
    /// in its bodies neither.
    /// </summary>
    internal bool IsPure(Node node)
    {
        if (!_pure.TryGetValue(node.Op, out bool isPure)) _pure.Add(node.Op, isPure = IsPure(node.Op));
        if (!isPure || node.Attributes.Count == 0) return isPure;
        foreach (Graph body in node.Attributes.Bodies())
            foreach (Node inner in body.Nodes)
                if (!IsPure(inner)) return false;
        return true;
    }

    private bool IsPure(OpName op) =>
        Operators.Find(op)?.Schema is not null
        && !op.Type.Contains("Random", StringComparison.Ordinal) && !op.Type.Contains("Dropout", StringComparison.Ordinal)
        && op.Type is not ("Bernoulli" or "Multinomial" or "Sampling");

    /// <summary>Whether the evaluator has failed on the node, or its result was too large.</summary>
    internal bool IsUnevaluable(Node node) => node.Output(0) is { } first && _unevaluable.Contains(first);

    /// <summary>The evaluator is not to be asked for the node again.</summary>
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
