namespace GraphPartition.Partitioning.Boundaries;

/// <summary>The tensors of each node: the inverse of <c>ProducerOf</c> and <c>ReadersOf</c> of a <see cref="PartitionGraph"/>.</summary>
internal sealed class NodeTensors
{
    public NodeTensors(PartitionGraph graph)
    {
        int made = 0;
        int read = 0;
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            made += graph.ProducerOf(tensor) >= 0 ? 1 : 0;
            read += graph.ReadersOf(tensor).Length;
        }
        int[] producers = new int[made];
        int[] makes = new int[made];
        int[] readers = new int[read];
        int[] reads = new int[read];
        made = read = 0;
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            if (graph.ProducerOf(tensor) >= 0)
            {
                producers[made] = graph.ProducerOf(tensor);
                makes[made++] = tensor;
            }
            foreach (int reader in graph.ReadersOf(tensor))
            {
                readers[read] = reader;
                reads[read++] = tensor;
            }
        }
        Makes = CompressedRows.FromPairs(graph.NodeCount, producers, makes);
        Reads = CompressedRows.FromPairs(graph.NodeCount, readers, reads);
    }

    /// <summary>For each node the tensors that it produces.</summary>
    public CompressedRows Makes { get; }

    /// <summary>For each node the tensors that it reads.</summary>
    public CompressedRows Reads { get; }
}
