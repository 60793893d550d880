using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>What the constraints measure, added up for each group of units. A group is named by one of its units.</summary>
internal sealed class GroupTotals
{
    private GroupTotals(int count)
    {
        Nodes = new long[count];
        Flops = new long[count];
        Profit = new double[count];
        IsIncluded = new bool[count];
    }

    public long[] Nodes { get; }

    public long[] Flops { get; }

    /// <summary>The profit of the nodes less what the engine costs for itself.</summary>
    public double[] Profit { get; }

    public bool[] IsIncluded { get; }

    /// <summary>Adds up. O(V + E).</summary>
    public static GroupTotals Of(
        PartitionGraph graph, Contraction units, int[] groupOf, UnitMeasures measures, PartitionConstraints constraints)
    {
        var totals = new GroupTotals(groupOf.Length);
        for (int unit = 0; unit < groupOf.Length; unit++)
        {
            int group = groupOf[unit];
            if (group >= 0)
            {
                totals.Nodes[group] += measures.Nodes[unit];
                totals.Flops[group] += measures.Flops[unit];
                totals.Profit[group] += measures.Profit[unit] - (group == unit ? constraints.Costs.Call : 0);
                totals.IsIncluded[group] |= measures.IsIncluded[unit];
            }
        }

        if (constraints.Costs.Tensor != 0 || constraints.Costs.Byte != 0)
        {
            totals.SubtractBoundaries(graph, units, groupOf, constraints.Costs);
        }

        return totals;
    }

    // A tensor costs the group that makes it, if another reads it, and each other group that reads it.
    private void SubtractBoundaries(PartitionGraph graph, Contraction units, int[] groupOf, EngineCosts costs)
    {
        var readers = new HashSet<int>();
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            double cost = costs.Tensor + (costs.Byte * graph.BytesOf(tensor));
            int producer = graph.ProducerOf(tensor);
            int from = producer < 0 ? -1 : groupOf[units.VertexOf[producer]];
            bool leaves = graph.IsOutput(tensor);
            readers.Clear();
            foreach (int reader in graph.ReadersOf(tensor))
            {
                int to = groupOf[units.VertexOf[reader]];
                leaves |= to != from;
                if (to >= 0 && to != from)
                {
                    readers.Add(to);
                }
            }

            foreach (int to in readers)
            {
                Profit[to] -= cost;
            }

            if (leaves && from >= 0)
            {
                Profit[from] -= cost;
            }
        }
    }
}
