using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.TestModels.Graphs;

/// <summary>A graph together with the nodes that an engine may take.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Supported">For each node whether it is supported.</param>
public sealed record MarkedGraph(PartitionGraph Graph, bool[] Supported)
{
    /// <summary>A graph of one-byte tensors from the predecessors of each node.</summary>
    public static MarkedGraph Of(IReadOnlyList<IReadOnlyList<int>> predecessors, params int[] supportedNodes)
    {
        ArgumentNullException.ThrowIfNull(predecessors);
        ArgumentNullException.ThrowIfNull(supportedNodes);
        bool[] supported = new bool[predecessors.Count];
        foreach (int node in supportedNodes)
        {
            supported[node] = true;
        }

        return new MarkedGraph(PartitionGraph.FromPredecessors(predecessors), supported);
    }

    /// <summary>
    /// The same graph with node v called <c>newName[v]</c> and its tensors listed in the order of the new names.
    /// </summary>
    public MarkedGraph Renamed(ReadOnlySpan<int> newName)
    {
        int[] oldName = new int[newName.Length];
        bool[] supported = new bool[newName.Length];
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < newName.Length; node++)
        {
            builder.AddNode();
            oldName[newName[node]] = node;
            supported[newName[node]] = Supported[node];
        }

        ILookup<int, int> made = Enumerable.Range(0, Graph.TensorCount).ToLookup(Graph.ProducerOf);
        for (int node = -1; node < newName.Length; node++)
        {
            foreach (int tensor in made[node < 0 ? -1 : oldName[node]])
            {
                int copy = builder.AddTensor(node, Graph.BytesOf(tensor), Graph.IsOutput(tensor));
                foreach (int reader in Graph.ReadersOf(tensor))
                {
                    builder.AddReader(copy, newName[reader]);
                }
            }
        }

        return new MarkedGraph(builder.Build(), supported);
    }
}
