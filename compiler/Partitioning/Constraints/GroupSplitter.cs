using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>Forms groups, and cuts them into smaller ones, so that the contraction stays acyclic. One member identifies a group.</summary>
internal static class GroupSplitter
{
    // All orders of up to three classes are tried; with more, classes keep the order of their values.
    private static readonly int[][][] ClassOrders =
    [
        [[1]],
        [[1, 2], [2, 1]],
        [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]],
    ];

    /// <summary>Groups of one class each: the fewest for one class, and few for more. O(V + E).</summary>
    public static int[] ByClass(PartitionGraph graph, ReadOnlySpan<bool> mayRun, ReadOnlySpan<int> classOf, bool isLate = false)
    {
        int[] colors = ColorNumbering.Colors(mayRun, classOf, out int count);
        int[][] orders = count - 1 is >= 1 and <= 3 ? ClassOrders[count - 2] : [[]];
        int[] best = [];
        int fewest = int.MaxValue;
        foreach (int[] order in orders)
        {
            int[] ordered = new int[colors.Length];
            for (int node = 0; node < colors.Length; node++)
                ordered[node] = colors[node] > 0 && order.Length > 0 ? order[colors[node] - 1] : colors[node];

            int[] groupOf = Name(ColorNumbering.Of(graph, ordered, count, isLate), mayRun);
            int engines = Count(groupOf);
            if (engines < fewest)
            {
                fewest = engines;
                best = groupOf;
            }
        }
        return best;
    }

    /// <summary>The number of groups.</summary>
    public static int Count(int[] groupOf)
    {
        int count = 0;
        for (int node = 0; node < groupOf.Length; node++) count += groupOf[node] == node ? 1 : 0;
        return count;
    }

    /// <summary>
    /// Cuts every group that exceeds a cap along a topological order: into as few pieces of about the same number of nodes as the
    /// cap allows, and again where weights get too many. O(V log V + E).
    /// </summary>
    public static int[] Cut(
        PartitionGraph graph, int[] groupOf, UnitMeasures measures, PartitionConstraints constraints, ulong[] fingerprints)
    {
        if (constraints.MaxNodes == int.MaxValue && constraints.MaxWeightBytes == long.MaxValue)
            return groupOf;

        long[] size = new long[groupOf.Length];
        for (int unit = 0; unit < groupOf.Length; unit++)
        {
            if (groupOf[unit] >= 0) size[groupOf[unit]] += measures.Nodes[unit];
        }
        int[] depth = new int[graph.NodeCount];
        foreach (int node in graph.TopologicalOrder)
        {
            foreach (int predecessor in graph.Predecessors(node))
                depth[node] = Math.Max(depth[node], depth[predecessor] + 1);
        }
        int[] pieceOf = new int[groupOf.Length];
        Array.Fill(pieceOf, -1);
        var open = new Dictionary<int, (int Piece, long Nodes, long Bytes)>();
        foreach (int unit in CanonicalOrder.Sort(fingerprints, depth))
        {
            int group = groupOf[unit];
            if (group < 0) continue;
            long pieces = ((size[group] - 1) / constraints.MaxNodes) + 1;
            long limit = ((size[group] - 1) / pieces) + 1;
            bool isOpen = open.TryGetValue(group, out (int Piece, long Nodes, long Bytes) piece);
            if (!isOpen || piece.Nodes + measures.Nodes[unit] > Math.Max(limit, measures.Nodes[unit])
                || piece.Bytes + measures.WeightBytes[unit] > constraints.MaxWeightBytes)
            {
                piece = (unit, 0, 0);
            }
            open[group] = (piece.Piece, piece.Nodes + measures.Nodes[unit], piece.Bytes + measures.WeightBytes[unit]);
            pieceOf[unit] = piece.Piece;
        }
        return pieceOf;
    }

    /// <summary>Splits every group into its connected parts.</summary>
    public static int[] Connected(PartitionGraph graph, int[] groupOf)
    {
        var parts = new ContractedOrder(graph, graph.TopologicalOrder);
        for (int node = 0; node < groupOf.Length; node++)
        {
            foreach (int successor in groupOf[node] >= 0 ? graph.Successors(node) : [])
            {
                if (groupOf[successor] == groupOf[node] && parts.Find(successor) != parts.Find(node))
                    parts.MergeInPlace(parts.Find(successor), parts.Find(node));
            }
        }
        int[] partOf = new int[groupOf.Length];
        for (int node = 0; node < partOf.Length; node++)
            partOf[node] = groupOf[node] < 0 ? -1 : parts.Find(node);

        return partOf;
    }

    private static int[] Name(int[] numbers, ReadOnlySpan<bool> mayRun)
    {
        var names = new Dictionary<int, int>();
        int[] groupOf = new int[numbers.Length];
        for (int node = 0; node < numbers.Length; node++)
        {
            if (mayRun[node] && !names.TryGetValue(numbers[node], out groupOf[node]))
            {
                names.Add(numbers[node], node);
                groupOf[node] = node;
            }
            groupOf[node] = mayRun[node] ? groupOf[node] : -1;
        }
        return groupOf;
    }
}
