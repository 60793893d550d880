namespace GraphPartition.Partition;

/// <summary>Finds what cannot be kept together in a set of constraints, before any partitioning.</summary>
internal static class ConstraintCheck
{
    /// <summary>All contradictions; empty when there are none. O(V + E).</summary>
    public static List<string> Contradictions(
        PartitionGraph graph, ReadOnlySpan<bool> supported, PartitionConstraints constraints, int[] unitOf)
    {
        var found = new List<string>();
        CheckLimits(graph, constraints, found);
        CheckNumbers(graph, "included", constraints.Included, found);
        CheckNumbers(graph, "excluded", constraints.Excluded, found);
        CheckNumbers(graph, "stop-at", constraints.StopAt, found);
        foreach (IReadOnlyList<int> unit in constraints.AtomicUnits)
        {
            CheckNumbers(graph, "atomic unit", unit, found);
        }

        if (found.Count > 0)
        {
            return found;
        }

        foreach (int node in constraints.Included)
        {
            if (!supported[node])
            {
                found.Add($"node {node} is included, but not supported");
            }
        }

        CheckUnits(graph, constraints, unitOf, found);
        return found;
    }

    private static void CheckLimits(PartitionGraph graph, PartitionConstraints constraints, List<string> found)
    {
        AtLeast("MinNodes", constraints.MinNodes, 0, found);
        AtLeast("MinFlops", constraints.MinFlops, 0, found);
        AtLeast("MaxEngines", constraints.MaxEngines, 1, found);
        AtLeast("MaxNodes", constraints.MaxNodes, 1, found);
        AtLeast("MaxWeightBytes", constraints.MaxWeightBytes, 1, found);
        if (constraints.MinNodes > constraints.MaxNodes)
        {
            found.Add($"MinNodes {constraints.MinNodes} is more than MaxNodes {constraints.MaxNodes}");
        }

        OnePerNode("ClassOf", constraints.ClassOf.Length, graph, found);
        OnePerNode("FlopsOf", constraints.FlopsOf.Length, graph, found);
        OnePerNode("WeightBytesOf", constraints.WeightBytesOf.Length, graph, found);
        OnePerNode("ProfitOf", constraints.ProfitOf.Length, graph, found);
    }

    private static void AtLeast(string name, long value, long least, List<string> found)
    {
        if (value < least)
        {
            found.Add($"{name} is {value}, below {least}");
        }
    }

    private static void OnePerNode(string name, int length, PartitionGraph graph, List<string> found)
    {
        if (length != 0 && length != graph.NodeCount)
        {
            found.Add($"{name} has {length} entries for {graph.NodeCount} nodes");
        }
    }

    private static void CheckNumbers(PartitionGraph graph, string what, IReadOnlyList<int> nodes, List<string> found)
    {
        foreach (int node in nodes)
        {
            if (node < 0 || node >= graph.NodeCount)
            {
                found.Add($"{what}: there is no node {node} among {graph.NodeCount}");
            }
        }
    }

    private static void CheckUnits(PartitionGraph graph, PartitionConstraints constraints, int[] unitOf, List<string> found)
    {
        Array.Fill(unitOf, -1);
        ReadOnlySpan<int> classOf = constraints.ClassOf.Span;
        for (int unit = 0; unit < constraints.AtomicUnits.Count; unit++)
        {
            int first = -1;
            foreach (int node in constraints.AtomicUnits[unit])
            {
                if (unitOf[node] >= 0 && unitOf[node] != unit)
                {
                    found.Add($"node {node} is in atomic units {unitOf[node]} and {unit}");
                }

                first = first < 0 ? node : first;
                if (!classOf.IsEmpty && classOf[node] != classOf[first])
                {
                    found.Add($"atomic unit {unit} holds node {first} of class {classOf[first]} and {node} of {classOf[node]}");
                }

                unitOf[node] = unit;
            }
        }

        if (found.Count == 0 && AcyclicityChecker.FindCycle(graph, unitOf) is { } cycle)
        {
            found.Add($"atomic units cannot each stay whole, they would form a cycle: {cycle}");
        }
    }
}
