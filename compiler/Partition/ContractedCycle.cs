namespace GraphPartition.Partition;

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
    public override string ToString()
    {
        var text = new System.Text.StringBuilder();
        foreach (ContractedEdge edge in Edges)
        {
            text.Append(Name(edge.FromGroup, edge.FromNode)).Append($" -({edge.FromNode} -> {edge.ToNode})-> ");
        }

        return text.Append(Name(Edges[^1].ToGroup, Edges[^1].ToNode)).ToString();
    }

    private static string Name(int group, int node) => group < 0 ? $"node {node}" : $"group {group}";
}
