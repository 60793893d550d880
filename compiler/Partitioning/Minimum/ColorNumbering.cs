namespace GraphPartition.Partitioning.Minimum;

/// <summary>
/// The numbering of <see cref="LevelPartitioner"/> for more than two colors: 0 is fallback, the others are classes of supported
/// nodes that must not share an engine. A node gets the smallest number that is at least those of its predecessors and leaves
/// its color as remainder when divided by the number of colors. Numbers never decrease along an edge, and one number has one
/// color, so groups by number are acyclic; with two colors they are also the fewest.
/// </summary>
internal static class ColorNumbering
{
    /// <summary>Turns marks and classes into colors: classes are counted from 1 in the order of their values.</summary>
    public static int[] Colors(ReadOnlySpan<bool> supported, ReadOnlySpan<int> classOf, out int count)
    {
        var classes = new SortedSet<int>();
        for (int node = 0; node < supported.Length; node++)
        {
            if (supported[node]) classes.Add(classOf.IsEmpty ? 0 : classOf[node]);
        }
        var colorOf = new Dictionary<int, int>();
        foreach (int value in classes) colorOf.Add(value, colorOf.Count + 1);
        int[] colors = new int[supported.Length];
        for (int node = 0; node < colors.Length; node++)
            colors[node] = supported[node] ? colorOf[classOf.IsEmpty ? 0 : classOf[node]] : 0;

        count = classes.Count + 1;
        return colors;
    }

    /// <summary>
    /// Numbers every node. O(V + E). Late numbers are those of the reversed graph, negated: each node has the largest number that its
    /// successors allow.
    /// </summary>
    public static int[] Of(PartitionGraph graph, int[] colors, int count, bool isLate = false)
    {
        int[] numbers = new int[graph.NodeCount];
        ReadOnlySpan<int> order = graph.TopologicalOrder;
        for (int i = 0; i < order.Length; i++)
        {
            int node = isLate ? order[^(i + 1)] : order[i], number = 0;
            foreach (int neighbor in isLate ? graph.Successors(node) : graph.Predecessors(node))
                number = Math.Max(number, numbers[neighbor]);

            int behind = (colors[node] - (number % count) + count) % count;
            numbers[node] = number + behind;
        }
        for (int node = 0; node < numbers.Length && isLate; node++) numbers[node] = -numbers[node];
        return numbers;
    }
}
