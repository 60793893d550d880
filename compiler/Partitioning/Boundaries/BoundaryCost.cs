using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Partitioning.Boundaries;

/// <summary>What the tensors between segments cost.</summary>
/// <param name="ByteBoundaries">
/// The sum over all tensors of bytes times the segment boundaries between producer and last reader: copies and, as memory is held
/// that long, the memory too. Inputs of the graph cost nothing, their memory is the caller's; outputs count up to their last
/// reader.
/// </param>
/// <param name="Tensors">How many tensors are read in another segment than the one that makes them.</param>
/// <param name="Bytes">The bytes of those tensors.</param>
public readonly record struct BoundaryCost(Int128 ByteBoundaries, int Tensors, Int128 Bytes)
{
    /// <summary>Measures a partitioning, its segments running in the order of their ids. O(V + E).</summary>
    public static BoundaryCost Of(PartitionGraph graph, Partition partitioning)
    {
        ArgumentNullException.ThrowIfNull(partitioning);
        return Of(graph, partitioning.SegmentOf);
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
            {
                latest = Math.Max(latest, segmentOf[reader]);
            }

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
