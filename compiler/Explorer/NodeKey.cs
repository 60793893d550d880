using GraphPartition.Ir.Graphs;

namespace GraphPartition.Explorer;

/// <summary>What makes nodes of two graphs the same node: they compute the same value of the same body by the same operator.</summary>
/// <param name="Scope">The nodes around, as a path.</param>
/// <param name="Output">The first value that the node defines.</param>
/// <param name="Op">The operator.</param>
internal readonly record struct NodeKey(string Scope, string Output, OpName Op)
{
    /// <summary>The key of a node.</summary>
    public static NodeKey Of(Node node, string scope) => new(scope, node.FirstResult, node.Op);

    /// <summary>The scope of a body.</summary>
    public static string ScopeOf(Node node, int body, string scope) => $"{scope}{node.DisplayName}[{body}]/";
}
