namespace GraphPartition.Partitioning.Graphs;

/// <summary>An edge of the graph that leaves one group and enters the next.</summary>
/// <param name="FromGroup">The group of <paramref name="FromNode"/>, or -1 when that node stands alone.</param>
/// <param name="FromNode">The node that makes the tensor.</param>
/// <param name="ToNode">The node that reads it.</param>
/// <param name="ToGroup">The group of <paramref name="ToNode"/>, or -1 when that node stands alone.</param>
public readonly record struct ContractedEdge(int FromGroup, int FromNode, int ToNode, int ToGroup);

/// <summary>A cycle of the contracted graph: each edge starts in the group where the one before it ends.</summary>
/// <param name="Edges">The edges, in order; the last leads back to where the first starts.</param>
public sealed record ContractedCycle(IReadOnlyList<ContractedEdge> Edges)
{
    /// <summary>For example <c>group 0 -(1 -> 2)-> node 2 -(2 -> 3)-> group 0</c>.</summary>
    public override string ToString() => ToString(node => $"node {node}", group => $"group {group}", edge => $"{edge.FromNode} -> {edge.ToNode}");

    /// <summary>The cycle in the words of a model: <c>unit a -(conv1 -> relu)-> relu -(relu -> conv2)-> unit a</c>.</summary>
    /// <param name="nodeName">What a node is called.</param>
    /// <param name="groupName">What a group is called.</param>
    public string ToString(Func<int, string> nodeName, Func<int, string> groupName)
    {
        ArgumentNullException.ThrowIfNull(nodeName);
        ArgumentNullException.ThrowIfNull(groupName);
        return ToString(nodeName, groupName, edge => $"{nodeName(edge.FromNode)} -> {nodeName(edge.ToNode)}");
    }

    private string ToString(Func<int, string> nodeName, Func<int, string> groupName, Func<ContractedEdge, string> edgeName)
    {
        var text = new System.Text.StringBuilder();
        foreach (ContractedEdge edge in Edges)
        {
            text.Append(Name(edge.FromGroup, edge.FromNode)).Append($" -({edgeName(edge)})-> ");
        }

        return text.Append(Name(Edges[^1].ToGroup, Edges[^1].ToNode)).ToString();

        string Name(int group, int node) => group < 0 ? nodeName(node) : groupName(group);
    }
}
