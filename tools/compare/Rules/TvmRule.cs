using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// TVM (merge_composite_functions.cc): in topological order a node joins every argument's group on which none of its arguments'
/// groups depends. Dependencies are sets of groups, extended only for the group that grows: groups that already depend on it do
/// not learn of its new dependencies, so that the rule can make a cycle. O(nodes times groups).
/// </summary>
internal sealed class TvmRule : ReplayRule
{
    public override string Name => "TVM";

    internal override int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order)
    {
        // A group is named by its first node; every unsupported node is a group of its own.
        int[] groupOf = new int[graph.NodeCount];
        Array.Fill(groupOf, -1);
        var dependencies = new Dictionary<int, HashSet<int>>();
        foreach (int node in order)
        {
            ReadOnlySpan<int> arguments = graph.Predecessors(node);
            var behind = new HashSet<int>();
            foreach (int argument in arguments)
                behind.UnionWith(dependencies[groupOf[argument]]);

            int group = node;
            dependencies.Add(node, []);
            groupOf[node] = node;
            foreach (int argument in supported[node] ? arguments : [])
            {
                int other = groupOf[argument];
                if (supported[argument] && !behind.Contains(other) && other != group)
                {
                    int kept = group == node ? other : group;
                    Merge(groupOf, dependencies, group == node ? node : other, kept);
                    group = kept;
                }
            }

            foreach (int argument in arguments)
            {
                if (groupOf[argument] != group)
                {
                    dependencies[group].Add(groupOf[argument]);
                    dependencies[group].UnionWith(dependencies[groupOf[argument]]);
                }
            }
        }

        for (int node = 0; node < groupOf.Length; node++)
            groupOf[node] = supported[node] ? groupOf[node] : -1;

        return groupOf;
    }

    private static void Merge(int[] groupOf, Dictionary<int, HashSet<int>> dependencies, int from, int to)
    {
        for (int node = 0; node < groupOf.Length; node++)
            groupOf[node] = groupOf[node] == from ? to : groupOf[node];

        dependencies[to].UnionWith(dependencies[from]);
        dependencies.Remove(from);
        foreach (HashSet<int> set in dependencies.Values)
        {
            if (set.Remove(from))
                set.Add(to);
        }
    }
}
