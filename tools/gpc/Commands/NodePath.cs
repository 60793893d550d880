using GraphPartition.Ir;

namespace GraphPartition.Gpc.Commands;

/// <summary>Where a node is: in the main graph, or in a body of a node of it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Index">The place of the node of the main graph that it is, or that holds it.</param>
/// <param name="IsInBody">Whether it is in a body.</param>
internal sealed record NodePath(Node Node, int Index, bool IsInBody)
{
    /// <summary>The first node that has this name, or an output of this name; those of the main graph come first.</summary>
    /// <exception cref="ModelException">There is none (GP3005).</exception>
    public static NodePath Find(Graph graph, string name)
    {
        for (int n = 0; n < graph.Nodes.Length; n++)
            if (IsCalled(graph.Nodes[n], name)) return new(graph.Nodes[n], n, false);
        for (int n = 0; n < graph.Nodes.Length; n++)
            if (Inner(graph.Nodes[n]).FirstOrDefault(i => IsCalled(i, name)) is { } inner) return new(inner, n, true);
        string[] near = [.. graph.Nodes.SelectMany(n => Inner(n).Prepend(n)).Select(n => n.DisplayName)
            .Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5)];
        throw Codes.UnknownNode.Error(name, near.Length > 0 ? $"there is no such node; there are {string.Join(", ", near)}" : "there is no such node");
    }

    /// <summary>All nodes in a node's bodies, at any depth.</summary>
    public static IEnumerable<Node> Inner(Node node) =>
        node.Attributes.Bodies().SelectMany(b => b.Nodes).SelectMany(n => Inner(n).Prepend(n));

    private static bool IsCalled(Node node, string name) => node.Name == name || node.Outputs.Any(o => o?.Name == name);
}
