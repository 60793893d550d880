using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// The published grouping rule of another system, implemented again, for comparisons on any graph. Only the grouping: the systems do
/// more before and after it. None of them runs here.
/// </summary>
public abstract class ReplayRule
{
    /// <summary>All rules, in the order of a report.</summary>
    public static IReadOnlyList<ReplayRule> All { get; } =
    [
        new ContractionRule("TF-TRT", fromOutputs: true),
        new ContractionRule("Paddle", fromOutputs: false),
        new LinearRunsRule(),
        new TvmRule(),
        MindSpore,
        new FxRule(),
    ];

    /// <summary>The rule of MindSpore r1.3.</summary>
    public static ReplayRule MindSpore => new MindSporeRule();

    /// <summary>The system.</summary>
    public abstract string Name { get; }

    /// <summary>Groups the supported nodes of a graph by this rule, and checks the groups for a cycle.</summary>
    /// <remarks>The rules depend on the order of nodes: their numbers, if these are topological, otherwise any topological order.</remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes the system gives to engines.</param>
    /// <param name="leastNodes">Groups of fewer nodes fall back: the system makes no engines of them.</param>
    public ReplayedPartition Apply(PartitionGraph graph, ReadOnlySpan<bool> supported, int leastNodes = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] groupOf = Group(graph, supported, OrderOf(graph));
        if (leastNodes > 1)
            supported = WithoutSmall(groupOf, supported, leastNodes);

        int engines = new HashSet<int>(groupOf.Where(group => group >= 0)).Count;
        ContractedCycle? cycle = AcyclicityChecker.FindCycle(graph, groupOf);
        Partition? partitioning = cycle is null ? LevelPartitioner.FromGroups(graph, supported, groupOf) : null;
        return new ReplayedPartition(Name, groupOf, engines, cycle, partitioning);
    }

    /// <summary>For each node its group, below the number of nodes, or -1 when it falls back.</summary>
    internal abstract int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order);

    // Dissolves groups of fewer nodes; returns the nodes that are left in groups.
    private static bool[] WithoutSmall(int[] groupOf, ReadOnlySpan<bool> supported, int leastNodes)
    {
        Dictionary<int, int> sizes = groupOf.CountBy(group => group).ToDictionary();
        bool[] kept = supported.ToArray();
        for (int node = 0; node < groupOf.Length; node++)
        {
            if (groupOf[node] >= 0 && sizes[groupOf[node]] < leastNodes)
                (groupOf[node], kept[node]) = (-1, false);
        }

        return kept;
    }

    private static int[] OrderOf(PartitionGraph graph)
    {
        int[] order = new int[graph.NodeCount];
        for (int node = 0; node < order.Length; node++)
        {
            order[node] = node;
            foreach (int predecessor in graph.Predecessors(node))
            {
                if (predecessor > node)
                    return graph.TopologicalOrder.ToArray();
            }
        }

        return order;
    }

    private protected static int[] GroupsOf(ContractedOrder groups, ReadOnlySpan<bool> supported)
    {
        int[] groupOf = new int[supported.Length];
        for (int node = 0; node < groupOf.Length; node++)
            groupOf[node] = supported[node] ? groups.Find(node) : -1;

        return groupOf;
    }
}

/// <summary>The groups that a published rule forms on a graph.</summary>
/// <param name="Name">The system.</param>
/// <param name="GroupOf">For each node its group, or -1 when it falls back.</param>
/// <param name="EngineCount">The number of groups.</param>
/// <param name="Cycle">The cycle that the groups form, or null.</param>
/// <param name="Partitioning">
/// The groups as engines, with the fewest fallback segments between them; null when there is a cycle.
/// </param>
public sealed record ReplayedPartition(
    string Name, IReadOnlyList<int> GroupOf, int EngineCount, ContractedCycle? Cycle, Partition? Partitioning);
