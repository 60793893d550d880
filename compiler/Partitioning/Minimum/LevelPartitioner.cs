namespace GraphPartition.Partitioning.Minimum;

/// <summary>The fewest engines, and at the same time the fewest alternating segments, by one numbering of the nodes. O(V + E).</summary>
/// <remarks>
/// <para>Give every node the smallest number that is at least the numbers of its predecessors and has the right parity:
/// odd when the node is supported, even when it is not. Nodes with the same number form a segment.</para>
/// <para><b>No cycle:</b> numbers never decrease along an edge, so they order the segments.</para>
/// <para><b>Fewest engines:</b> walking back from the largest odd number 2k-1, some predecessor always has the same number
/// or the one before, so a path exists with k runs of supported nodes. Two runs are separated by an unsupported node
/// on that path and can never share a group, so k engines are needed, and the odd numbers 1, 3, ..., 2k-1 are k groups.</para>
/// <para><b>Fewest segments:</b> let A and B be the largest number of color runs on a path that starts with a supported and
/// with an unsupported node. Starting at 0 the numbers end at max(A, B-1), starting at 1 at max(A, B+1). When A &gt; B both
/// end at A, and starting at 1 uses A segments: the least possible, because no two runs of one path can share a segment.
/// When B &gt; A, starting at 0 uses B segments: again the least. When A = B, starting at 0 uses A+1; no partition has A segments,
/// because the runs of either path would be all the segments, in an order that begins with a group of its own color.
/// In each case the engines are the k odd numbers, so the two minima are reached together.</para>
/// <para>The numbering is a function of the graph alone: there are no ties, hence nothing depends on the order of nodes.</para>
/// </remarks>
public static class LevelPartitioner
{
    /// <summary>Partitions a graph whose supported nodes are marked.</summary>
    public static Partition Partition(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        ArgumentNullException.ThrowIfNull(graph);
        LevelNumbering numbering = LevelNumbering.Earliest(graph, supported);
        int[] witness = numbering.FindWitness(graph, CanonicalOrder.Fingerprints(graph, supported));
        return SegmentTable.FromNumbers(numbering.Numbers, numbering.Bound, witness);
    }

    /// <summary>The number of engines and the segment of each node in that partition, without the certificate.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    public static (int Engines, int[] SegmentOf) Segments(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        LevelNumbering numbering = LevelNumbering.Earliest(graph, supported);
        int[] numbers = numbering.Numbers;
        for (int node = 0; node < numbers.Length; node++) numbers[node] -= numbering.First;
        return (numbering.Bound, numbers);
    }

    /// <summary>
    /// Completes given groups to a partition: each group is one engine, and the other nodes become as few fallback segments as these
    /// engines allow. For groups from another rule, which may be more than the minimum.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    /// <param name="groupOf">For each node its group, a number from 0 to the number of nodes - 1, or -1 for the fallback.</param>
    /// <exception cref="InvalidOperationException">The groups form a cycle (see <c>AcyclicityChecker.FindCycle</c>).</exception>
    public static Partition FromGroups(PartitionGraph graph, ReadOnlySpan<bool> supported, int[] groupOf) =>
        SegmentTable.FromGroups(graph, supported, groupOf, []);
}
