using System.Diagnostics.CodeAnalysis;

namespace GraphPartition.Partition;

/// <summary>A graph whose groups have become single nodes.</summary>
/// <param name="Graph">The contracted graph; each edge is a tensor of no bytes.</param>
/// <param name="VertexOf">For each node of the original its node in the contracted graph.</param>
internal sealed record Contraction(PartitionGraph Graph, int[] VertexOf)
{
    /// <summary>Contracts every group; -1 stands alone. Fails when this makes a cycle. O(V + E).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node the number of its group, below the number of nodes, or -1.</param>
    /// <param name="contraction">The contracted graph.</param>
    public static bool TryContract(
        PartitionGraph graph, ReadOnlySpan<int> groupOf, [NotNullWhen(true)] out Contraction? contraction)
    {
        var builder = new PartitionGraphBuilder();
        int[] ofGroup = new int[graph.NodeCount];
        Array.Fill(ofGroup, -1);
        int[] vertexOf = new int[graph.NodeCount];
        for (int node = 0; node < vertexOf.Length; node++)
        {
            int group = groupOf[node];
            vertexOf[node] = group >= 0 && ofGroup[group] >= 0 ? ofGroup[group] : builder.AddNode();
            if (group >= 0)
            {
                ofGroup[group] = vertexOf[node];
            }
        }

        for (int node = 0; node < vertexOf.Length; node++)
        {
            int tensor = -1;
            foreach (int successor in graph.Successors(node))
            {
                if (vertexOf[successor] != vertexOf[node])
                {
                    tensor = tensor < 0 ? builder.AddTensor(vertexOf[node], 0) : tensor;
                    builder.AddReader(tensor, vertexOf[successor]);
                }
            }
        }

        contraction = builder.TryBuild(out PartitionGraph? contracted, out _) ? new Contraction(contracted, vertexOf) : null;
        return contraction is not null;
    }
}
