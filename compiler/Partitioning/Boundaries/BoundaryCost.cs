namespace GraphPartition.Partitioning.Boundaries;

/// <summary>The cost of the tensors between segments.</summary>
/// <param name="ByteBoundaries">
/// The sum over all tensors of bytes times the number of segment boundaries between producer and last reader: a measure of copies,
/// and of memory, which is in use that long. Inputs of the graph cost nothing, because their memory belongs to the caller; outputs
/// count up to their last reader.
/// </param>
/// <param name="Tensors">How many tensors are read outside the segment that produces them.</param>
/// <param name="Bytes">The bytes of those tensors.</param>
public readonly record struct BoundaryCost(Int128 ByteBoundaries, int Tensors, Int128 Bytes)
{
    /// <summary>Measures a partition whose segments run in the order of their ids. O(V + E).</summary>
    public static BoundaryCost Of(PartitionGraph graph, Partition partitioning)
    {
        ArgumentNullException.ThrowIfNull(partitioning);
        return Of(graph, partitioning.SegmentOf);
    }

    /// <summary>
    /// How many tensors leave the segment that produces them: another segment reads them, or they are outputs of the graph. O(V + E).
    /// </summary>
    public static int LeavingTensors(PartitionGraph graph, ReadOnlySpan<int> segmentOf)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int count = 0;
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            bool leaves = producer >= 0 && graph.IsOutput(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
                leaves |= segmentOf[reader] != segmentOf[producer];

            count += leaves ? 1 : 0;
        }
        return count;
    }

    /// <summary>Measures an assignment of nodes to numbered segments.</summary>
    public static BoundaryCost Of(PartitionGraph graph, ReadOnlySpan<int> segmentOf)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Int128 byteBoundaries = 0;
        Int128 bytes = 0;
        int tensors = 0;
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            int latest = producer < 0 ? 0 : segmentOf[producer];
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
                latest = Math.Max(latest, segmentOf[reader]);

            int crossed = producer < 0 ? 0 : latest - segmentOf[producer];
            if (crossed > 0)
            {
                byteBoundaries += (Int128)graph.BytesOf(tensor) * crossed;
                bytes += graph.BytesOf(tensor);
                tensors++;
            }
        }
        return new BoundaryCost(byteBoundaries, tensors, bytes);
    }
}
