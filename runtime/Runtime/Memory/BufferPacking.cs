namespace GraphPartition.Runtime.Memory;

/// <summary>A buffer with the time during which it is needed.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="First">The first moment.</param>
/// <param name="Last">The last moment, at least the first.</param>
internal readonly record struct BufferLifetime(long Bytes, int First, int Last)
{
    public bool Overlaps(BufferLifetime other) => First <= other.Last && other.First <= Last;
}

/// <summary>
/// Places buffers in one block so that those that live at the same time do not overlap: the largest first, each into the
/// smallest gap that holds it (the "greedy by size" of Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net
/// Inference, 2020). The block is at most as large as all buffers together. O(n²) in the number of buffers.
/// </summary>
internal static class BufferPacking
{
    private const long Alignment = 256; // as CUDA's allocators; vector loads of kernels rely on it

    /// <summary>The offset of each buffer, and the size of the block.</summary>
    public static (long[] Offsets, long Total) Pack(IReadOnlyList<BufferLifetime> buffers)
    {
        var offsets = new long[buffers.Count];
        var placed = new List<int>(buffers.Count); // by ascending offset
        long total = 0;
        foreach (int index in Enumerable.Range(0, buffers.Count).OrderByDescending(i => buffers[i].Bytes))
        {
            long size = Align(buffers[index].Bytes), best = -1, bestGap = long.MaxValue, end = 0;
            foreach (int other in placed)
            {
                if (!buffers[other].Overlaps(buffers[index])) continue;
                long gap = offsets[other] - end;
                if (gap >= size && gap < bestGap) (best, bestGap) = (end, gap);
                end = Math.Max(end, offsets[other] + Align(buffers[other].Bytes));
            }
            offsets[index] = best >= 0 ? best : end;
            total = Math.Max(total, offsets[index] + size);
            int at = placed.FindIndex(p => offsets[p] > offsets[index]);
            placed.Insert(at < 0 ? placed.Count : at, index);
        }
        return (offsets, total);
    }

    private static long Align(long bytes) => (Math.Max(1, bytes) + Alignment - 1) / Alignment * Alignment;
}
