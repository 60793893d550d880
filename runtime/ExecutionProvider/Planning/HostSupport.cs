using GraphPartition.Compiler.Tagging;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Planning;

/// <summary>
/// A support policy within the limits of the host: a group has tensors at its border, and whole nodes that no other provider has. Bodies
/// are planned by themselves, since ONNX Runtime shows each as a graph of its own, so an If, Loop or Scan stays with the host.
/// </summary>
/// <param name="inner">The policy.</param>
/// <param name="hostNodeOf">The node of the host that a node comes from; null where it comes from none.</param>
/// <param name="incomplete">Nodes of the host that cannot be written as ONNX.</param>
internal sealed class HostSupport(SupportPolicy inner, Func<Node, HostNode?> hostNodeOf, IReadOnlySet<HostNode> incomplete) : SupportPolicy
{
    private const string Rule = "execution provider";

    private static readonly string[] Domains = ["", "ai.onnx.ml", "com.microsoft"];

    /// <inheritdoc/>
    public override string Name => inner.Name;

    /// <inheritdoc/>
    public override bool IsReal => inner.IsReal;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) => Limit(node) ?? inner.SupportOf(node, index);

    /// <inheritdoc/>
    public override Verdict[] Tag(Graph graph)
    {
        Verdict[] tags = inner.Tag(graph);
        for (int n = 0; n < tags.Length; n++)
            if (tags[n].IsYes && Limit(graph.Nodes[n]) is { } no) tags[n] = no;
        return tags;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(int Node, Verdict No)> Separated(
        Graph graph, IReadOnlyList<Verdict> tags, ReadOnlyMemory<int> segmentOf) => inner.Separated(graph, tags, segmentOf);

    private Verdict? Limit(Node node)
    {
        if (hostNodeOf(node) is not { } host) return No("ONNX Runtime has no such node");
        if (host.Bodies.Count > 0) return No("its bodies are planned by themselves");
        if (host.Provider.Length > 0) return No($"{host.Provider} has the node already");
        if (incomplete.Contains(host)) return No("ONNX Runtime does not show all of its attributes");
        if (!Domains.Contains(node.Op.Domain)) return No($"operators of '{node.Op.Domain}' are of a library that inner sessions lack");
        if (host.Op == "EPContext") return No("it is an EPContext of another provider");
        foreach (Value? value in node.Inputs.Concat(node.Outputs))
            if (value is not null && !(value.IsConstant || CanCross(value)))
                return No($"'{value.Name}' is {value.Type}, and a group exchanges tensors of numbers with the host");
        return null;
    }

    /// <summary>ONNX Runtime knows all types. One that is not known here has no form in ONNX files, or is optional or a map.</summary>
    private static bool CanCross(Value value) => value.ElementType is not (ElementType.String or ElementType.Undefined);

    private static Verdict No(string reason) => Verdict.No(reason, Rule);
}
