using GraphPartition.Ir.Graphs;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.EngineBuilder.Build;

/// <summary>
/// Which nodes have to go when the parser does not take a group. It objects to nodes, and then also to nodes that only lack what
/// the first ones would have given; so those go that depend on no other one, and with them all of the same operator. The others
/// get another hearing in the next round. Where the parser names none, all go that it does not call supported.
/// </summary>
internal static class ParserVerdict
{
    public static IEnumerable<(int Node, string Reason)> Of(GroupModel group, ParserSupport answer)
    {
        var nodes = group.Graph.Nodes;
        IReadOnlySet<int> supported = answer.SupportedNodes();
        Dictionary<int, string> blamed = [];
        foreach (ParserError error in answer.Errors.Where(e => e.NodeIndex >= 0 && e.NodeIndex < nodes.Length)) blamed.TryAdd(error.NodeIndex, error.Description);
        string[] general = [.. answer.Errors.Select(e => e.Description).DefaultIfEmpty("the parser gives no reason")];
        if (blamed.Count == 0)
            for (int n = 0; n < nodes.Length; n++)
                if (!supported.Contains(n)) blamed.Add(n, string.Join("; ", general));

        Dictionary<int, string> first = Independent(group.Graph, blamed);
        foreach ((int named, string reason) in first.ToArray())
            for (int n = 0; n < nodes.Length; n++)
                if (!supported.Contains(n) && nodes[n].Op == nodes[named].Op) first.TryAdd(n, reason);
        return first.Select(b => (Node: group.OwnerOf(b.Key), b.Value)).Where(b => b.Node is not null)
            .DistinctBy(b => b.Node).Select(b => (b.Node!.Value, b.Value));
    }

    /// <summary>The nodes of the partitioned graph that errors are about.</summary>
    public static IEnumerable<int> Nodes(GroupModel group, IReadOnlyList<ParserError> errors) =>
        errors.Select(e => group.OwnerOf(e.NodeIndex)).OfType<int>().Distinct();

    /// <summary>Blamed nodes that no other blamed node comes before.</summary>
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
