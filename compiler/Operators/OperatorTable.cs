using System.Collections.Concurrent;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators;

/// <summary>The facts about every operator: types, shapes, effects, and what TensorRT supports. Thread-safe.</summary>
public sealed class OperatorTable : IOperatorRules
{
    /// <summary>The rule of verdicts about sizes that nothing bounds, which depend on the whole graph.</summary>
    public const string UnboundedRule = "unbounded";

    private const int ManyNodes = 100_000;

    private static readonly Lazy<OperatorTable> Standard = new(() => new(OperatorSchemas.Default));

    private readonly Dictionary<OpName, Lazy<Operator>> _operators; // a model uses a few, so few schemas are read
    private readonly OperatorSchemas _schemas;
    private readonly Dictionary<OpName, IOperatorExtension> _extensions = [];
    private readonly IOperatorRules? _others;
    private readonly ConcurrentDictionary<(OpName, int), Operator?> _kept = new();

    private OperatorTable(OperatorSchemas schemas)
    {
        _schemas = schemas;
        _operators = OperatorDefinitions.All.ToDictionary(
            d => d.Name, d => new Lazy<Operator>(() => new(d, SchemaOf(d.Name))));

        // An operator that came after the canonical opset is in a graph in its own version.
        OperatorSchema? SchemaOf(OpName op) => schemas.Canonical(op) ?? schemas.Versions(op).LastOrDefault();
    }

    private OperatorTable(OperatorTable table, Dictionary<OpName, IOperatorExtension> extensions, IOperatorRules? others)
    {
        _others = others;
        _schemas = table._schemas;
        _extensions = extensions;
        var all = table._operators.ToDictionary();
        foreach (IOperatorExtension e in extensions.Values)
            if (!e.KeepsTypes || !all.ContainsKey(e.Name))
                all[e.Name] = new(new Operator(new() { Name = e.Name, Types = e.Infer, IsPure = e.IsPure }, null));
        _operators = all;
    }

    /// <summary>The table of all operators of ONNX and ONNX Runtime.</summary>
    public static OperatorTable Default => Standard.Value;

    /// <summary>This table with operators added; one that the table has is replaced.</summary>
    public OperatorTable With(IEnumerable<IOperatorExtension> extensions)
    {
        var all = _extensions.ToDictionary();
        foreach (IOperatorExtension extension in extensions) all[extension.Name] = extension;
        return all.Count == 0 ? this : new(this, all, _others);
    }

    /// <summary>
    /// This table with rules for operators that it does not have, for instance those that ONNX Runtime knows from a library. Outputs that
    /// an extension declares must agree with these rules (GP2020).
    /// </summary>
    public OperatorTable WithOthers(IOperatorRules others) => new(this, _extensions, others);

    /// <summary>What users added, in no particular order.</summary>
    public IReadOnlyCollection<IOperatorExtension> Extensions => _extensions.Values;

    /// <summary>All operators, in no particular order.</summary>
    public ImmutableArray<Operator> Operators => [.. _operators.Values.Select(o => o.Value)];

    /// <summary>The operator, or null where the table does not know it.</summary>
    public Operator? Find(OpName op) =>
        _operators.GetValueOrDefault(op.Overload.Length == 0 ? op : new(op.Domain, op.Type))?.Value;

    /// <summary>Whether users brought a meaning of their own for an operator.</summary>
    public bool IsExtended(OpName op) => _extensions.ContainsKey(op);

    /// <inheritdoc/>
    public void Infer(NodeInference node)
    {
        Operator? found = Find(node.Op, node.Version);
        if (_others is null || (found is not null && found.Schema is not null)) found?.Infer(node);
        else InferByOthers(node, found);
    }

    private void InferByOthers(NodeInference node, Operator? declared)
    {
        _others!.Infer(node);
        if (declared is null) return;
        IrType[] computed = [.. Enumerable.Range(0, node.OutputCount).Select(node.TypeOf)];
        declared.Infer(node);
        for (int i = 0; i < computed.Length; i++)
        {
            IrType? both = IrType.Merge(computed[i], node.TypeOf(i));
            if (both is null)
                node.Report(OperatorCodes.DeclarationContradicts,
                    $"the declaration of {node.Op} says that output {i} is {node.TypeOf(i)}, but its library computes {computed[i]}");
            node.Set(i, both ?? computed[i]);
        }
    }

    /// <summary>The operator of a node, in the form that the node has.</summary>
    internal Operator? Of(Node node) => Find(node.Op, node.Version);

    private Operator? Find(OpName op, int version) => version == 0 ? Find(op) : Kept(op, version);

    /// <summary>Whether a release of TensorRT runs the node; if not, why not.</summary>
    /// <param name="node">The node.</param>
    /// <param name="target">The release.</param>
    /// <param name="facts">What is proved of the graph's values: 64-bit integers that fit into 32 bits are safe in any release.</param>
    public Verdict SupportOf(Node node, TensorRtTarget target, GraphBounds? facts = null)
    {
        if (_extensions.TryGetValue(node.Op, out IOperatorExtension? extension)) return extension.SupportOf(node, target);
        Verdict alone = TensorRtRules.SupportOf(node, Find(node.Op)?.Schema, target, facts);
        if (node.Attributes.Count == 0 || !(alone.IsYes || BodyChecks.AreOnlyOpen(node))) return alone;
        foreach (Graph body in node.Attributes.Bodies())
            foreach (Node inner in body.Nodes)
                if (SupportOf(inner, target) is { IsYes: false } no)
                    return Verdict.No($"its body holds {inner.Label}: {no.Reason}", $"body:{no.Rule}");
        return alone;
    }

    /// <summary>
    /// Whether a release of TensorRT runs each node of a graph; if not, why not. Also judges what depends on the nodes around a node:
    /// which tensors exist at the border of an engine only or inside only, and what must be computed in the same engine.
    /// </summary>
    /// <param name="graph">The graph. Several threads judge a large one: a verdict on a node alone depends on nothing else.</param>
    /// <param name="target">The release. For one without 64-bit integers, values that are proved to fit into 32 bits are accepted.</param>
    /// <param name="sized">Names of values whose sizes the user gives; null: none.</param>
    /// <returns>A verdict for each node, in the order of the nodes.</returns>
    public Verdict[] SupportOf(Graph graph, TensorRtTarget target, IReadOnlySet<string>? sized = null)
    {
        var verdicts = new Verdict[graph.Nodes.Length];
        GraphBounds? facts = target.HasTensorsOf(ElementType.Int64) ? null : GraphBounds.Of(graph, this, BoundsQuestion.Numbers);
        if (facts is not null || verdicts.Length < ManyNodes) Judge(0, verdicts.Length);
        else Parallel.ForEach(Partitioner.Create(0, verdicts.Length), range => Judge(range.Item1, range.Item2));
        var rules = new SurroundingRules(graph, TensorRtFacts.Default.Of(target.Release), new UnboundedSizes(graph, this, sized));
        if (rules.Concerned(verdicts, IsListed) is { Count: > 0 } concerned) rules.Apply(concerned, verdicts, IsListed);
        return verdicts;

        void Judge(int first, int end)
        {
            for (int i = first; i < end; i++) verdicts[i] = SupportOf(graph.Nodes[i], target, facts);
        }
    }

    /// <summary>
    /// The nodes that an engine may take, but not in the engines of a partition: what they need from the same engine is in another one.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="verdicts">The verdict on each node.</param>
    /// <param name="segmentOf">The segment of each node.</param>
    /// <param name="target">The release.</param>
    /// <param name="sized">Names of values whose sizes the user gives; null: none.</param>
    /// <returns>The nodes, each with a no.</returns>
    public IReadOnlyList<(int Node, Verdict No)> Separated(Graph graph, IReadOnlyList<Verdict> verdicts, ReadOnlyMemory<int> segmentOf,
        TensorRtTarget target, IReadOnlySet<string>? sized = null)
    {
        var rules = new SurroundingRules(
            graph, TensorRtFacts.Default.Of(target.Release), new UnboundedSizes(graph, this, sized), segmentOf);
        if (rules.Concerned(verdicts, IsListed) is not { Count: > 0 } concerned) return [];
        Verdict[] here = [.. verdicts];
        return [.. rules.Apply(concerned, here, IsListed).Order().Select(n => (n, here[n]))];
    }

    /// <summary>The verdict of every release on the node, oldest first.</summary>
    public IEnumerable<(TensorRtRelease Release, Verdict Support)> SupportByRelease(Node node, TensorRtTarget target) =>
        TensorRtTarget.Releases.Select(r => (r, SupportOf(node, target with { Release = r })));

    /// <summary>The first release newer than <paramref name="target"/> of the same product that runs the node.</summary>
    /// <returns>The release, or null where none does.</returns>
    public TensorRtRelease? FirstReleaseThatSupports(Node node, TensorRtTarget target) => FirstReleaseThatSupports([node], target);

    /// <summary>The first release newer than <paramref name="target"/> of the same product that runs all the nodes.</summary>
    /// <returns>The release, or null where none does.</returns>
    public TensorRtRelease? FirstReleaseThatSupports(IReadOnlyList<Node> nodes, TensorRtTarget target)
    {
        foreach (TensorRtRelease release in TensorRtTarget.Releases)
            if (release.IsRtx == target.Release.IsRtx && !target.Release.IsAtLeast(release)
                && nodes.All(n => SupportOf(n, target with { Release = release }).IsYes)) return release;
        return null;
    }

    private bool IsListed(Node node) => !_extensions.ContainsKey(node.Op);

    /// <summary>A node that keeps the form of an older opset: its schema's type variables hold, today's shape rule may not.</summary>
    private Operator? Kept(OpName op, int version) =>
        _kept.GetOrAdd((op, version), key =>
            _schemas.Find(key.Item1, key.Item2) is { } s ? new Operator(new() { Name = key.Item1 }, s) : null);
}
