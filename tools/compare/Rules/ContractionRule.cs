using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// Contracts an edge between two supported nodes whenever no other path joins its ends. TF-TRT (segment.cc) visits nodes from the
/// outputs and follows edges onward; Paddle (subgraph_detector.cc) uses the same test in the order of its node list. Both search
/// the graph for each edge; here the same question is put to an incremental order.
/// </summary>
internal sealed class ContractionRule(string name, bool fromOutputs) : ReplayRule
{
    public override string Name => name;

    internal override int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order)
    {
        var groups = new ContractedOrder(graph, order);
        for (int i = 0; i < order.Length; i++)
        {
            int node = order[fromOutputs ? order.Length - 1 - i : i];
            while (supported[node] && ContractOne(graph, supported, groups, node))
            {
            }
        }

        return GroupsOf(groups, supported);
    }

    // Contracts one edge that leaves the group of the node.
    private static bool ContractOne(PartitionGraph graph, ReadOnlySpan<bool> supported, ContractedOrder groups, int node)
    {
        int tail = groups.Find(node);
        for (int member = tail; member >= 0; member = groups.NextMember(member))
        {
            foreach (int successor in graph.Successors(member))
            {
                int head = groups.Find(successor);
                if (supported[successor] && head != tail && groups.TryMerge(tail, head, supported, out _))
                    return true;
            }
        }

        return false;
    }
}
