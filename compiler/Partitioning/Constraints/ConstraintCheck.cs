using GraphPartition.Partitioning.Checking;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>Finds constraints that contradict each other or the graph, before any partitioning.</summary>
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
        foreach (AtomicUnit unit in constraints.AtomicUnits)
            CheckNumbers(graph, $"atomic unit {unit.Name}", unit.Nodes, found);

        if (found.Count > 0) return found;
        foreach (int node in constraints.Included)
        {
            if (!supported[node]) found.Add($"{constraints.NameOf(node)} is included, but not supported");
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
            found.Add($"MinNodes {constraints.MinNodes} is more than MaxNodes {constraints.MaxNodes}");

        OnePerNode("ClassOf", constraints.ClassOf.Length, graph, found);
        OnePerNode("FlopsOf", constraints.FlopsOf.Length, graph, found);
        OnePerNode("WeightBytesOf", constraints.WeightBytesOf.Length, graph, found);
        OnePerNode("ProfitOf", constraints.ProfitOf.Length, graph, found);
    }

    private static void AtLeast(string name, long value, long least, List<string> found)
    {
        if (value < least) found.Add($"{name} is {value}, below {least}");
    }

    private static void OnePerNode(string name, int length, PartitionGraph graph, List<string> found)
    {
        if (length != 0 && length != graph.NodeCount)
            found.Add($"{name} has {length} entries for {graph.NodeCount} nodes");
    }

    private static void CheckNumbers(PartitionGraph graph, string what, IReadOnlyList<int> nodes, List<string> found)
    {
        foreach (int node in nodes)
        {
            if (node < 0 || node >= graph.NodeCount)
                found.Add($"{what}: there is no node {node} among {graph.NodeCount}");
        }
    }

    private static void CheckUnits(PartitionGraph graph, PartitionConstraints constraints, int[] unitOf, List<string> found)
    {
        Array.Fill(unitOf, -1);
        ReadOnlySpan<int> classOf = constraints.ClassOf.Span;
        IReadOnlyList<AtomicUnit> units = constraints.AtomicUnits;
        for (int unit = 0; unit < units.Count; unit++)
        {
            int first = -1;
            foreach (int node in units[unit].Nodes)
            {
                if (unitOf[node] >= 0 && unitOf[node] != unit)
                {
                    found.Add(
                        $"{constraints.NameOf(node)} is in atomic unit {units[unitOf[node]].Name} and in atomic unit {units[unit].Name}");
                }
                first = first < 0 ? node : first;
                if (!classOf.IsEmpty && classOf[node] != classOf[first])
                {
                    found.Add($"atomic unit {units[unit].Name} holds {constraints.NameOf(first)} of class {classOf[first]} "
                        + $"and {constraints.NameOf(node)} of class {classOf[node]}");
                }
                unitOf[node] = unit;
            }
        }
        if (found.Count == 0 && AcyclicityChecker.FindCycle(graph, unitOf) is { } cycle)
        {
            CheckEachConvex(graph, constraints, unitOf, found);
            if (found.Count == 0)
            {
                found.Add("atomic units cannot all stay whole, they depend on each other: "
                    + cycle.ToString(constraints.NameOf, unit => $"atomic unit {units[unit].Name}"));
            }
        }
    }

    // A unit is convex when no path leaves it and comes back: when it alone, contracted, makes no cycle.
    private static void CheckEachConvex(
        PartitionGraph graph, PartitionConstraints constraints, int[] unitOf, List<string> found)
    {
        int[] alone = new int[unitOf.Length];
        for (int unit = 0; unit < constraints.AtomicUnits.Count; unit++)
        {
            for (int node = 0; node < alone.Length; node++) alone[node] = unitOf[node] == unit ? unit : -1;
            if (AcyclicityChecker.FindCycle(graph, alone) is { } cycle)
            {
                string name = $"atomic unit {constraints.AtomicUnits[unit].Name}";
                found.Add($"{name} is not convex, a path leaves it and comes back: {cycle.ToString(constraints.NameOf, _ => name)}");
            }
        }
    }
}
