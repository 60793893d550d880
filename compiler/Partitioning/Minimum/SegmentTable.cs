using GraphPartition.Partitioning.Checking;

namespace GraphPartition.Partitioning.Minimum;

/// <summary>Turns numbered nodes into segments.</summary>
internal static class SegmentTable
{
    /// <summary>
    /// Nodes with the same number form a segment: an engine when the number is odd. Numbers never decrease along an edge, and every
    /// number from the first to the last has a node.
    /// </summary>
    public static Partition FromNumbers(int[] numbers, int bound, int[] witness)
    {
        int first = int.MaxValue;
        int last = -1;
        foreach (int number in numbers)
        {
            first = Math.Min(first, number);
            last = Math.Max(last, number);
        }
        int[] segmentOf = new int[numbers.Length];
        for (int node = 0; node < segmentOf.Length; node++) segmentOf[node] = numbers[node] - first;
        int[] numberOf = new int[numbers.Length == 0 ? 0 : last + 1 - first];
        for (int segment = 0; segment < numberOf.Length; segment++) numberOf[segment] = first + segment;
        return new Partition(segmentOf, numberOf, new Certificate(bound, witness, numberOf), []);
    }

    /// <summary>Given groups: each becomes one engine, and the other nodes become as few fallback segments as the engines allow.</summary>
    /// <remarks>
    /// The contracted graph is numbered like any graph, with groups as supported nodes. Fallback nodes with the same number form one
    /// segment. Groups with the same number are ordered by the longest chain of groups that leads to them.
    /// </remarks>
    public static Partition FromGroups(
        PartitionGraph graph, ReadOnlySpan<bool> supported, int[] groupOf, IReadOnlyList<PartitionGap> gaps)
    {
        if (!Contraction.TryContract(graph, groupOf, out Contraction? contraction))
            throw new InvalidOperationException($"groups form a cycle: {AcyclicityChecker.FindCycle(graph, groupOf)}");

        PartitionGraph contracted = contraction.Graph;
        bool[] isEngine = new bool[contracted.NodeCount];
        for (int node = 0; node < groupOf.Length; node++)
            isEngine[contraction.VertexOf[node]] = groupOf[node] >= 0;

        int[] numbers = LevelNumbering.Earliest(contracted, isEngine).Numbers;
        ulong[] fingerprints = CanonicalOrder.Fingerprints(graph, supported);
        int[] order = OrderVertices(fingerprints, contraction, isEngine, numbers);
        var levels = new List<int>();
        int[] segmentOfVertex = new int[contracted.NodeCount];
        foreach (int vertex in order)
        {
            if (isEngine[vertex] || levels.Count == 0 || levels[^1] != numbers[vertex])
                levels.Add(numbers[vertex]);

            segmentOfVertex[vertex] = levels.Count - 1;
        }
        int[] segmentOf = new int[groupOf.Length];
        for (int node = 0; node < segmentOf.Length; node++)
            segmentOf[node] = segmentOfVertex[contraction.VertexOf[node]];

        int[] ids = new int[levels.Count];
        for (int id = 0; id < ids.Length; id++) ids[id] = id;
        LevelNumbering bound = LevelNumbering.Earliest(graph, supported);
        var certificate = new Certificate(bound.Bound, bound.FindWitness(graph, fingerprints), ids);
        return new Partition(segmentOf, levels.ToArray(), certificate, gaps);
    }

    /// <summary>
    /// Given segments, numbered along the edges; odd <paramref name="levelNumbers"/> are engines. They may hold fewer supported nodes
    /// than the graph has, so the bound is computed again.
    /// </summary>
    public static Partition FromSegments(
        PartitionGraph graph, ReadOnlySpan<bool> supported, int[] segmentOf, int[] levelNumbers, IReadOnlyList<PartitionGap> gaps)
    {
        LevelNumbering bound = LevelNumbering.Earliest(graph, supported);
        int[] witness = bound.FindWitness(graph, CanonicalOrder.Fingerprints(graph, supported));
        return new Partition(segmentOf, levelNumbers, new Certificate(bound.Bound, witness, levelNumbers), gaps);
    }

    // By number, then by depth among groups of that number, then by the fingerprints of the nodes.
    private static int[] OrderVertices(ulong[] ofNode, Contraction contraction, bool[] isEngine, int[] numbers)
    {
        PartitionGraph contracted = contraction.Graph;
        ulong[] fingerprints = new ulong[contracted.NodeCount];
        for (int node = 0; node < ofNode.Length; node++)
            fingerprints[contraction.VertexOf[node]] += ofNode[node];

        int[] depth = new int[contracted.NodeCount];
        foreach (int vertex in contracted.TopologicalOrder)
        {
            foreach (int predecessor in isEngine[vertex] ? contracted.Predecessors(vertex) : [])
            {
                if (numbers[predecessor] == numbers[vertex])
                    depth[vertex] = Math.Max(depth[vertex], depth[predecessor] + 1);
            }
        }
        return CanonicalOrder.SortByKey(CanonicalOrder.Sort(fingerprints, depth), numbers);
    }
}
