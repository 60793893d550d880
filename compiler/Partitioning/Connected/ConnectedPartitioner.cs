using System.Runtime.InteropServices;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Partitioning.Connected;

/// <summary>
/// Engines whose nodes are connected by edges: groups with an edge between them are merged as long as the contracted graph stays
/// acyclic, until no such pair is left. The groups are maximal; their number need not be the minimum, and the gap is reported.
/// </summary>
/// <remarks>
/// <para>The connected parts of the segments of <see cref="LevelPartitioner"/> are merged without a search: segments are numbered
/// along the edges, and two parts of one segment have no edge between them. The edges between segments remain; each is tried with
/// <see cref="ContractedOrder.TryMerge"/>, groups in topological order and for each the nearest predecessor first.</para>
/// <para>A pair that is blocked by a path through an unsupported node stays blocked and is never tried again. Other pairs are tried
/// until a whole round merges nothing. Near-linear on graphs whose edges are short in the order.</para>
/// </remarks>
public static class ConnectedPartitioner
{
    /// <summary>Partitions a graph into connected engines.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    /// <param name="classOf">For each node a class; an engine holds one class only. Empty: all are of one class.</param>
    public static Partition Partition(
        PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> classOf = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] groupOf = Group(graph, supported, classOf);
        Partition plan = SegmentTable.FromGroups(graph, supported, groupOf, []);
        return plan.WithGaps(plan.IsMinimum
            ? [] : [new PartitionGap("connected", plan.EngineCount - plan.Bound, "engines whose nodes must be connected")]);
    }

    /// <summary>For each node a node that stands for its group, or -1 when it is not supported.</summary>
    internal static int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> classOf)
    {
        int[] colors = ColorNumbering.Colors(supported, classOf, out int colorCount);
        int[] numbers = ColorNumbering.Of(graph, colors, colorCount);
        int[] order = StartOrder(graph, supported, numbers);
        var groups = new ContractedOrder(graph, order);
        for (int node = 0; node < graph.NodeCount; node++)
        {
            foreach (int successor in supported[node] ? graph.Successors(node) : [])
            {
                if (numbers[successor] == numbers[node] && groups.Find(node) != groups.Find(successor))
                    groups.MergeInPlace(groups.Find(node), groups.Find(successor));
            }
        }
        MergeAcrossSegments(supported, EdgesAcross(graph, colors, order, groups), groups);
        int[] groupOf = new int[graph.NodeCount];
        for (int node = 0; node < groupOf.Length; node++)
            groupOf[node] = supported[node] ? groups.Find(node) : -1;

        return groupOf;
    }

    // By segment number, then depth, then fingerprint: topological, and independent of node numbers.
    private static int[] StartOrder(PartitionGraph graph, ReadOnlySpan<bool> supported, int[] numbers)
    {
        int[] depth = new int[graph.NodeCount];
        foreach (int node in graph.TopologicalOrder)
        {
            foreach (int predecessor in graph.Predecessors(node))
                depth[node] = Math.Max(depth[node], depth[predecessor] + 1);
        }
        ulong[] fingerprints = CanonicalOrder.Fingerprints(graph, supported);
        return CanonicalOrder.SortByKey(CanonicalOrder.Sort(fingerprints, depth), numbers);
    }

    // Edges between groups that might merge, heads in order and for each head the nearest tail first.
    private static List<(int Tail, int Head)> EdgesAcross(
        PartitionGraph graph, int[] colors, int[] order, ContractedOrder groups)
    {
        int[] place = new int[order.Length];
        for (int i = 0; i < order.Length; i++) place[order[i]] = i;
        var edges = new List<(int Tail, int Head)>();
        foreach (int head in order)
        {
            int begin = edges.Count;
            foreach (int tail in colors[head] > 0 ? graph.Predecessors(head) : [])
            {
                if (colors[tail] == colors[head] && groups.Find(tail) != groups.Find(head))
                    edges.Add((tail, head));
            }
            edges.Sort(begin, edges.Count - begin, Comparer<(int Tail, int Head)>.Create(
                (a, b) => place[b.Tail].CompareTo(place[a.Tail])));
        }
        return edges;
    }

    private static void MergeAcrossSegments(
        ReadOnlySpan<bool> supported, List<(int Tail, int Head)> edges, ContractedOrder groups)
    {
        var blocked = new Dictionary<(int Tail, int Head), bool>();
        bool merged = true;
        while (merged && edges.Count > 0)
        {
            merged = false;
            blocked.Clear();
            int kept = 0;
            Span<(int Tail, int Head)> left = CollectionsMarshal.AsSpan(edges);
            foreach ((int Tail, int Head) edge in left)
            {
                (int Tail, int Head) pair = (groups.Find(edge.Tail), groups.Find(edge.Head));
                if (pair.Tail == pair.Head) continue;
                if (!blocked.TryGetValue(pair, out bool isForever))
                {
                    if (groups.TryMerge(pair.Tail, pair.Head, supported, out isForever))
                    {
                        merged = true;
                        continue;
                    }
                    blocked.Add(pair, isForever);
                }
                if (!isForever) left[kept++] = edge;
            }
            edges.RemoveRange(kept, edges.Count - kept);
        }
    }
}
