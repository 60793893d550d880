using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

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
            if (BodyCulprits.Inner(graph.Nodes[n]).FirstOrDefault(i => IsCalled(i, name)) is { } inner) return new(inner, n, true);
        throw Codes.UnknownNode.Error(name, $"there is no such node{NodeSelector.Near(graph, name)}");
    }

    private static bool IsCalled(Node node, string name) => node.Name == name || node.Outputs.Any(o => o?.Name == name);
}
