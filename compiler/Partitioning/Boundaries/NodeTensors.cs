namespace GraphPartition.Partitioning.Boundaries;

/// <summary>The tensors of each node: the inverse of <c>ProducerOf</c> and <c>ReadersOf</c> of a <see cref="PartitionGraph"/>.</summary>
internal sealed class NodeTensors
{
    public NodeTensors(PartitionGraph graph)
    {
        RowWriter makes = new(graph.NodeCount), reads = new(graph.NodeCount);
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            if (graph.ProducerOf(tensor) is >= 0 and var producer) makes.Count(producer);
            foreach (int reader in graph.ReadersOf(tensor)) reads.Count(reader);
        }
        makes.Allocate();
        reads.Allocate();
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            if (graph.ProducerOf(tensor) is >= 0 and var producer) makes.Add(producer, tensor);
            foreach (int reader in graph.ReadersOf(tensor)) reads.Add(reader, tensor);
        }
        (Makes, Reads) = (makes.ToRows(), reads.ToRows());
    }

    /// <summary>For each node the tensors that it produces.</summary>
    public CompressedRows Makes { get; }

    /// <summary>For each node the tensors that it reads.</summary>
    public CompressedRows Reads { get; }
}
