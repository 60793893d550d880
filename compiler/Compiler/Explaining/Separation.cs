using GraphPartition.Compiler.Planning;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Constraints;

namespace GraphPartition.Compiler.Explaining;

/// <summary>Why two nodes are not in one engine.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Path">The nodes along the path that a common engine would turn into a cycle; empty where there is none.</param>
public sealed record Separation(string Reason, ImmutableArray<string> Path)
{
    /// <summary>
    /// Finds the strongest reason: a node that falls back, a path through a node that engines cannot take, a path through a node that a
    /// constraint excludes, a path through other engines; otherwise the plan's choice. O(nodes + edges).
    /// </summary>
    public static Separation Of(PartitionPlan plan, int a, int b)
    {
        foreach (int n in new[] { a, b })
            if (!plan.Placements[n].IsYes) return new($"{plan.Graph.Nodes[n].Label} falls back: {plan.Placements[n].Reason}", []);
        if (plan.Partitioning.SegmentOf[a] == plan.Partitioning.SegmentOf[b]) return new("both are in one engine", []);
        if (Between(plan.Tags) is { Count: > 0 } path) return new("a common engine would depend on itself", NamesOf(plan, path));
        if (Between(plan.Placements) is { Count: > 0 } taken)
            return new("a common engine would depend on itself, by way of a node that a constraint sent to fallback", NamesOf(plan, taken));
        int[] groupOf = GroupsOf(plan);
        IReadOnlyList<ContractedEdge> edges = BlockingPath.BetweenGroups(plan.Topology, groupOf, groupOf[a], groupOf[b]);
        return edges.Count > 0 ? new("their engines cannot be merged, a path leads from one to the other outside", NamesOf(plan, edges))
            : new("nothing forbids a common engine: it would move more bytes, break a constraint or not be connected", []);

        IReadOnlyList<int> Between(ImmutableArray<Verdict> allowed) =>
            BlockingPath.Between(plan.Topology, [.. allowed.Select(s => s.IsYes)], a, b);
    }

    /// <summary>
    /// For engines with an edge between them that the plan does not merge: the path that prevents it. It explains why a plan of connected
    /// groups has more engines than the minimum.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="most">The number of pairs after which to stop: each costs O(nodes + edges).</param>
    public static ImmutableArray<BlockedPair> BlockedPairs(PartitionPlan plan, int most)
    {
        int[] groupOf = GroupsOf(plan);
        var pairs = new SortedSet<(int, int)>();
        for (int n = 0; n < groupOf.Length; n++)
            foreach (int next in groupOf[n] >= 0 ? plan.Topology.Successors(n) : [])
                if (groupOf[next] >= 0 && groupOf[next] != groupOf[n]) pairs.Add((groupOf[n], groupOf[next]));
        int[] engineOf = new int[plan.Partitioning.Segments.Count];
        for (int s = 0, engine = 0; s < engineOf.Length; s++) engineOf[s] = plan.Partitioning.Segments[s].IsEngine ? engine++ : -1;
        return [.. pairs.Take(most).Select(p => new BlockedPair(engineOf[p.Item1], engineOf[p.Item2],
            NamesOf(plan, BlockingPath.BetweenGroups(plan.Topology, groupOf, p.Item1, p.Item2))))];
    }

    private static int[] GroupsOf(PartitionPlan plan)
    {
        int[] groupOf = plan.Partitioning.SegmentOf.ToArray();
        for (int n = 0; n < groupOf.Length; n++)
            if (!plan.Partitioning.Segments[groupOf[n]].IsEngine) groupOf[n] = -1;
        return groupOf;
    }

    private static ImmutableArray<string> NamesOf(PartitionPlan plan, IEnumerable<int> nodes) =>
        [.. nodes.Select(n => plan.Graph.Nodes[n].DisplayName)];

    // Where a path enters and leaves an engine at different nodes, both are listed.
    private static ImmutableArray<string> NamesOf(PartitionPlan plan, IReadOnlyList<ContractedEdge> edges)
    {
        var nodes = new List<int>();
        foreach (ContractedEdge edge in edges)
        {
            if (nodes.Count == 0 || nodes[^1] != edge.FromNode) nodes.Add(edge.FromNode);
            nodes.Add(edge.ToNode);
        }
        return NamesOf(plan, nodes);
    }
}

/// <summary>Two engines with an edge between them that cannot be merged.</summary>
/// <param name="From">The engine that the edge leaves.</param>
/// <param name="To">The engine that it enters.</param>
/// <param name="Path">Nodes along the path that a common engine would turn into a cycle; empty where a constraint keeps them apart.</param>
public sealed record BlockedPair(int From, int To, ImmutableArray<string> Path);
