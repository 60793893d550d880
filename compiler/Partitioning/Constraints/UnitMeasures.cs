using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>What the constraints measure, added up over the nodes of each unit.</summary>
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

        foreach (int node in constraints.Included)
        {
            IsIncluded[units.VertexOf[node]] = true;
        }
    }

    public int[] Nodes { get; }

    public long[] Flops { get; }

    public long[] WeightBytes { get; }

    public double[] Profit { get; }

    public int[] ClassOf { get; }

    public bool[] IsIncluded { get; }
}
