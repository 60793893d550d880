using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Services;

/// <summary>The place of a node: in the main graph, or in a body of one of its nodes.</summary>
/// <param name="Node">The node.</param>
/// <param name="Index">The index of the node, or of the main graph's node around it.</param>
/// <param name="IsInBody">Whether it is in a body.</param>
internal sealed record NodePath(Node Node, int Index, bool IsInBody)
{
    /// <summary>Finds the first node with this name, or with an output of this name. The main graph comes first.</summary>
    /// <exception cref="ModelException">There is none (GP3005).</exception>
    public static NodePath Find(Graph graph, string name)
    {
        for (int n = 0; n < graph.Nodes.Length; n++)
            if (IsCalled(graph.Nodes[n], name)) return new(graph.Nodes[n], n, false);
        for (int n = 0; n < graph.Nodes.Length; n++)
            if (BodyCulprits.Inner(graph.Nodes[n]).FirstOrDefault(i => IsCalled(i, name)) is { } inner) return new(inner, n, true);
        throw CompilerCodes.UnknownNode.Error(name, $"there is no such node{NearNames.Hint(name, graph.Nodes.Select(n => n.DisplayName))}");
    }

    private static bool IsCalled(Node node, string name) => node.Name == name || node.Outputs.Any(o => o?.Name == name);
}
