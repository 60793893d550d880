namespace GraphPartition.Partitioning.Constraints;

/// <summary>The sums that constraints limit, for each unit.</summary>
internal sealed class UnitMeasures
{
    public UnitMeasures(PartitionConstraints constraints, Contraction units)
    {
        int count = units.Graph.NodeCount;
        Nodes = new int[count];
        Flops = new long[count];
        WeightBytes = new long[count];
        Profit = new double[count];
        ClassOf = new int[count];
        IsIncluded = new bool[count];
        for (int node = 0; node < units.VertexOf.Length; node++)
        {
            int unit = units.VertexOf[node];
            Nodes[unit]++;
            Flops[unit] += constraints.FlopsOf.IsEmpty ? 0 : constraints.FlopsOf.Span[node];
            WeightBytes[unit] += constraints.WeightBytesOf.IsEmpty ? 0 : constraints.WeightBytesOf.Span[node];
            Profit[unit] += constraints.ProfitOf.IsEmpty ? 1 : constraints.ProfitOf.Span[node];
            ClassOf[unit] = constraints.ClassOf.IsEmpty ? 0 : constraints.ClassOf.Span[node];
        }
        foreach (int node in constraints.Included) IsIncluded[units.VertexOf[node]] = true;
    }

    public int[] Nodes { get; }
    public long[] Flops { get; }
    public long[] WeightBytes { get; }
    public double[] Profit { get; }
    public int[] ClassOf { get; }
    public bool[] IsIncluded { get; }
}

/// <summary>The sums that constraints limit, for each group of units. One of its units identifies a group.</summary>
internal sealed class GroupTotals(int count)
{
    public long[] Nodes { get; } = new long[count];
    public long[] Flops { get; } = new long[count];

    /// <summary>The profit of the nodes minus the costs of the engine itself.</summary>
    public double[] Profit { get; } = new double[count];

    public bool[] IsIncluded { get; } = new bool[count];

    /// <summary>Computes the sums. O(V + E).</summary>
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
            totals.SubtractBoundaries(graph, units, groupOf, constraints.Costs);

        return totals;
    }

    // A tensor is a cost for the group that produces it, if another group reads it, and for each other group that reads it.
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
                if (to >= 0 && to != from) readers.Add(to);
            }
            foreach (int to in readers) Profit[to] -= cost;
            if (leaves && from >= 0) Profit[from] -= cost;
        }
    }
}
