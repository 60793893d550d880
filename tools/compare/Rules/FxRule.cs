using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// torch.fx's CapabilityBasedPartitioner (2024 and later): from the last node to the first, a supported node starts a group,
/// which then absorbs every existing group that it can without a cycle, in the order in which those came to be. It searches
/// the graph for each pair; here the same question is put to an incremental order. O(nodes times groups) questions.
/// </summary>
internal sealed class FxRule : ReplayRule
{
    public override string Name => "torch.fx";

    internal override int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order)
    {
        var groups = new ContractedOrder(graph, order);
        var existing = new List<int>();
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int node = order[i];
            if (!supported[node])
                continue;

            // What is absorbed hands its place in the order on to the group that absorbs it.
            int place = -1;
            int kept = 0;
            for (int k = 0; k < existing.Count; k++)
            {
                int self = groups.Find(node);
                int other = groups.Find(existing[k]);
                bool selfFirst = groups.PositionOf(self) < groups.PositionOf(other);
                if (groups.TryMerge(selfFirst ? self : other, selfFirst ? other : self, supported, out _))
                {
                    if (place >= 0)
                        continue;

                    place = kept;
                }

                existing[kept++] = existing[k];
            }

            existing.RemoveRange(kept, existing.Count - kept);
            if (place < 0)
                existing.Add(node);
        }

        return GroupsOf(groups, supported);
    }
}
