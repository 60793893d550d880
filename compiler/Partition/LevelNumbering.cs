namespace GraphPartition.Partition;

/// <summary>The segment numbers of <see cref="LevelPartitioner"/>: each node as early as it can be.</summary>
internal sealed class LevelNumbering
{
    private LevelNumbering(int[] numbers, int first, int last, int[] witness)
    {
        Numbers = numbers;
        First = first;
        Last = last;
        Witness = witness;
    }

    /// <summary>For each node its number: odd if it is supported, even if not.</summary>
    public int[] Numbers { get; }

    /// <summary>The smallest number in use: 0 or 1.</summary>
    public int First { get; }

    /// <summary>The largest number in use, or -1 when there are no nodes.</summary>
    public int Last { get; }

    /// <summary>A path with <see cref="Bound"/> runs of supported nodes.</summary>
    public int[] Witness { get; }

    /// <summary>The fewest engines: how many odd numbers there are up to <see cref="Last"/>.</summary>
    public int Bound => (Last + 1) / 2;

    public static LevelNumbering Earliest(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        if (supported.Length != graph.NodeCount)
        {
            throw new ArgumentException($"{supported.Length} marks for {graph.NodeCount} nodes", nameof(supported));
        }

        int[] fromZero = new int[graph.NodeCount];
        int last = Number(graph, supported, 0, fromZero);
        int[] witness = FindWitness(graph, fromZero, (last + 1) / 2);
        int[] fromOne = new int[graph.NodeCount];
        return Number(graph, supported, 1, fromOne) == last
            ? new LevelNumbering(fromOne, 1, last, witness)
            : new LevelNumbering(fromZero, 0, last, witness);
    }

    private static int Number(PartitionGraph graph, ReadOnlySpan<bool> supported, int first, int[] numbers)
    {
        int last = -1;
        foreach (int node in graph.TopologicalOrder)
        {
            int number = first;
            foreach (int predecessor in graph.Predecessors(node))
            {
                number = Math.Max(number, numbers[predecessor]);
            }

            int parity = supported[node] ? 1 : 0;
            number += (number ^ parity) & 1;
            numbers[node] = number;
            last = Math.Max(last, number);
        }

        return last;
    }

    /// <summary>
    /// Walks back from a node numbered 2k-1 to one numbered 1. A number above 1 comes from a predecessor with the same
    /// number or the one before; the one before is taken where there is a choice, which keeps the path short.
    /// </summary>
    private static int[] FindWitness(PartitionGraph graph, int[] numbers, int bound)
    {
        if (bound == 0)
        {
            return [];
        }

        var path = new List<int>();
        int node = Array.IndexOf(numbers, (2 * bound) - 1);
        path.Add(node);
        while (numbers[node] > 1)
        {
            int before = -1;
            foreach (int predecessor in graph.Predecessors(node))
            {
                int drop = numbers[node] - numbers[predecessor];
                if (drop == 1 || (drop == 0 && before < 0))
                {
                    before = predecessor;
                    if (drop == 1)
                    {
                        break;
                    }
                }
            }

            node = before;
            path.Add(node);
        }

        path.Reverse();
        return [.. path];
    }
}
