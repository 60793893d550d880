namespace GraphPartition.EngineBuilder;

/// <summary>
/// Which nodes move to the fallback when the parser rejects a group. The parser reports nodes that it rejects, and also nodes that only
/// lack the results of rejected ones. So reported nodes that depend on no other reported node move, and with them all nodes of their
/// operators that the parser does not list as supported. The parser judges the others again in the next round. If it names no node, all
/// nodes move that it does not list as supported.
/// </summary>
internal static class ParserVerdict
{
    /// <summary>The rule of a node that the parser does not take.</summary>
    public const string Rule = "installed parser";

    /// <summary>The nodes of the partitioned graph that have to go, each with a no.</summary>
    /// <param name="group">The group.</param>
    /// <param name="answer">What the parser answered about it.</param>
    /// <param name="release">The release of the parser, for the reasons.</param>
    public static IEnumerable<(int Node, Verdict No)> Of(SegmentModel group, ParserSupport answer, TensorRtRelease release)
    {
        var nodes = group.Graph.Nodes;
        IReadOnlySet<int> supported = answer.SupportedNodes();
        Dictionary<int, string> blamed = [];
        foreach (ParserError error in answer.Errors.Where(e => e.NodeIndex >= 0 && e.NodeIndex < nodes.Length))
            blamed.TryAdd(error.NodeIndex, error.Description);
        string[] general = [.. answer.Errors.Select(e => e.Description).DefaultIfEmpty("the parser gives no reason")];
        if (blamed.Count == 0)
            for (int n = 0; n < nodes.Length; n++)
                if (!supported.Contains(n)) blamed.Add(n, string.Join("; ", general));

        Dictionary<int, string> first = Independent(group.Graph, blamed);
        foreach ((int named, string reason) in first.ToArray())
            for (int n = 0; n < nodes.Length; n++)
                if (!supported.Contains(n) && nodes[n].Op == nodes[named].Op) first.TryAdd(n, reason);
        return first.Select(b => (Node: group.OriginOf(b.Key), b.Value)).Where(b => b.Node is not null)
            .DistinctBy(b => b.Node).Select(b => (b.Node!.Value, No(b.Value, release)));
    }

    /// <summary>The nodes of a group that no opset of the parser can express, each with a no.</summary>
    /// <param name="model">The model whose graph is cut, in the canonical opset.</param>
    /// <param name="segment">The group.</param>
    /// <param name="newestOpset">The newest opset that the parser takes.</param>
    /// <param name="release">The release of the parser, for the reasons.</param>
    public static IEnumerable<(int Node, Verdict No)> Inexpressible(
        Model model, GraphSegment segment, int newestOpset, TensorRtRelease release)
    {
        foreach (int n in segment.Nodes)
        {
            var builder = new GraphBuilder(DeclaredTypes.Instance);
            builder.Append(model.Graph.Nodes[n]);
            Model alone = new(builder.Build([.. model.Graph.Nodes[n].Outputs.OfType<Value>()])) { Opsets = model.Opsets };
            if (OpsetExport.TryForParser(alone, newestOpset, out var faults) is null) yield return (n, No(faults[0].Message, release));
        }
    }

    private static Verdict No(string reason, TensorRtRelease release) => Verdict.No($"{release}: {reason}", Rule);

    /// <summary>The nodes of the partitioned graph that errors are about.</summary>
    public static IEnumerable<int> Nodes(SegmentModel group, IReadOnlyList<ParserError> errors) =>
        errors.Select(e => group.OriginOf(e.NodeIndex)).OfType<int>().Distinct();

    /// <summary>Blamed nodes that depend on no other blamed node.</summary>
    private static Dictionary<int, string> Independent(Graph graph, Dictionary<int, string> blamed)
    {
        Dictionary<int, string> first = [];
        HashSet<Value> behind = new(ReferenceEqualityComparer.Instance);
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            bool isBehind = node.Inputs.Any(v => v is not null && behind.Contains(v)) || node.Captures.Any(behind.Contains);
            if (!isBehind && blamed.TryGetValue(n, out string? reason)) first.Add(n, reason);
            if (isBehind || blamed.ContainsKey(n)) behind.UnionWith(node.Outputs.OfType<Value>());
        }
        return first;
    }
}
