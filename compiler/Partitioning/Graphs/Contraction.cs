using System.Diagnostics.CodeAnalysis;

namespace GraphPartition.Partitioning.Graphs;

/// <summary>A graph whose groups have become single nodes.</summary>
/// <param name="Graph">The contracted graph, with the tensors that lead from one of its nodes to another.</param>
/// <param name="VertexOf">For each node of the original its node in the contracted graph.</param>
internal sealed record Contraction(PartitionGraph Graph, int[] VertexOf)
{
    /// <summary>Contracts every group; a node with -1 stays a vertex of its own. O(V + E).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node the number of its group, below the number of nodes, or -1.</param>
    /// <param name="contraction">The contracted graph; null when it has a cycle.</param>
    /// <returns>Whether the contracted graph is acyclic.</returns>
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
            if (group >= 0) ofGroup[group] = vertexOf[node];
        }
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            int copy = -1;
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                if (vertexOf[reader] != vertexOf[producer])
                {
                    copy = copy < 0 ? builder.AddTensor(vertexOf[producer], graph.BytesOf(tensor)) : copy;
                    builder.AddReader(copy, vertexOf[reader]);
                }
            }
        }
        contraction = builder.TryBuild(out PartitionGraph? contracted, out _) ? new Contraction(contracted, vertexOf) : null;
        return contraction is not null;
    }
}
