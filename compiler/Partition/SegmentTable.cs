namespace GraphPartition.Partition;

/// <summary>Turns numbered nodes into segments.</summary>
internal static class SegmentTable
{
    /// <summary>
    /// Nodes with the same number make a segment: an engine when the number is odd. Numbers never fall along an edge,
    /// start at <paramref name="first"/>, and leave no number out.
    /// </summary>
    public static Partitioning FromNumbers(int[] numbers, int first, int bound, int[] witness)
    {
        int last = first - 1;
        int[] segmentOf = new int[numbers.Length];
        for (int node = 0; node < numbers.Length; node++)
        {
            last = Math.Max(last, numbers[node]);
            segmentOf[node] = numbers[node] - first;
        }

        int[] numberOf = new int[last + 1 - first];
        for (int segment = 0; segment < numberOf.Length; segment++)
        {
            numberOf[segment] = first + segment;
        }

        Segment[] segments = Collect(segmentOf, numberOf);
        return new Partitioning(segmentOf, segments, new Certificate(bound, witness, numberOf), []);
    }

    /// <summary>Lists the nodes of every segment; <paramref name="levelNumbers"/> holds a level number for each segment.</summary>
    public static Segment[] Collect(int[] segmentOf, ReadOnlySpan<int> levelNumbers)
    {
        int[] starts = new int[levelNumbers.Length + 1];
        foreach (int segment in segmentOf)
        {
            starts[segment + 1]++;
        }

        for (int segment = 0; segment < levelNumbers.Length; segment++)
        {
            starts[segment + 1] += starts[segment];
        }

        int[] nodes = new int[segmentOf.Length];
        int[] next = starts[..^1];
        for (int node = 0; node < segmentOf.Length; node++)
        {
            nodes[next[segmentOf[node]]++] = node;
        }

        var segments = new Segment[levelNumbers.Length];
        for (int id = 0; id < segments.Length; id++)
        {
            ReadOnlyMemory<int> members = nodes.AsMemory(starts[id], starts[id + 1] - starts[id]);
            segments[id] = new Segment(id, (levelNumbers[id] & 1) == 1, (levelNumbers[id] + 1) / 2, members);
        }

        return segments;
    }
}
