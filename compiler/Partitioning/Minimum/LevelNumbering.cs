namespace GraphPartition.Partitioning.Minimum;

/// <summary>The segment numbers of <see cref="LevelPartitioner"/>: each node has the smallest number that the rules allow.</summary>
internal sealed class LevelNumbering(int[] numbers, int[] fromZero, int first, int last)
{
    private readonly int[] _fromZero = fromZero;

    /// <summary>For each node its number: odd if it is supported, even if not.</summary>
    public int[] Numbers { get; } = numbers;

    /// <summary>The smallest number in use: 0 or 1.</summary>
    public int First { get; } = first;

    /// <summary>The largest number in use, or -1 when there are no nodes.</summary>
    public int Last { get; } = last;

    /// <summary>The fewest engines: how many odd numbers there are up to <see cref="Last"/>.</summary>
    public int Bound => (Last + 1) / 2;

    public static LevelNumbering Earliest(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        if (supported.Length != graph.NodeCount)
            throw new ArgumentException($"{supported.Length} marks for {graph.NodeCount} nodes", nameof(supported));

        int[] fromZero = new int[graph.NodeCount];
        int last = Number(graph, supported, 0, fromZero);
        int[] fromOne = new int[graph.NodeCount];
        return last >= 0 && Number(graph, supported, 1, fromOne) == last
            ? new LevelNumbering(fromOne, fromZero, 1, last)
            : new LevelNumbering((int[])fromZero.Clone(), fromZero, 0, last);
    }

    private static int Number(PartitionGraph graph, ReadOnlySpan<bool> supported, int first, int[] numbers)
    {
        int last = -1;
        foreach (int node in graph.TopologicalOrder)
        {
            int number = first;
            foreach (int predecessor in graph.Predecessors(node))
                number = Math.Max(number, numbers[predecessor]);

            int parity = supported[node] ? 1 : 0;
            number += (number ^ parity) & 1;
            numbers[node] = number;
            last = Math.Max(last, number);
        }
        return last;
    }

    /// <summary>
    /// A path with <see cref="Bound"/> runs of supported nodes: walks back from a node numbered 2k-1 to one numbered 1. A
    /// number above 1 comes from a predecessor with the same number or the one before; the one before is taken where there is
    /// a choice, which keeps the path short, and among several the smallest fingerprint, so that node numbers do not matter.
    /// </summary>
    public int[] FindWitness(PartitionGraph graph, ulong[] fingerprints)
    {
        if (Bound == 0) return [];
        int[] numbers = _fromZero;
        int at = -1;
        for (int node = 0; node < numbers.Length; node++)
        {
            if (numbers[node] == (2 * Bound) - 1 && (at < 0 || fingerprints[node] < fingerprints[at]))
                at = node;
        }
        var path = new List<int> { at };
        while (numbers[at] > 1)
        {
            int before = -1;
            foreach (int predecessor in graph.Predecessors(at))
            {
                bool isBetter = before < 0
                    || numbers[predecessor] < numbers[before]
                    || (numbers[predecessor] == numbers[before] && fingerprints[predecessor] < fingerprints[before]);
                before = numbers[predecessor] >= numbers[at] - 1 && isBetter ? predecessor : before;
            }
            at = before;
            path.Add(at);
        }
        path.Reverse();
        return [.. path];
    }
}
