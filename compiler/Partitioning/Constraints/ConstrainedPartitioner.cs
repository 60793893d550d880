using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>
/// Partitions under constraints. The theorem of <see cref="LevelPartitioner"/> no longer gives the minimum, so the plan
/// reports the unconstrained bound and how many engines each constraint adds or takes away; these add up to the gap.
/// </summary>
/// <remarks>
/// <para>Atomic units become single nodes. Groups come from the numbering by class, or from
/// <see cref="ConnectedPartitioner"/>; groups above a cap are cut along a topological order; groups below a minimum, and the
/// least profitable above the number allowed, fall back. What falls back separates other groups, and may also spare a level:
/// so all is done again until nothing changes.</para>
/// <para>Cutting a group along a topological order, or dropping one, only refines the grouping. A cycle of the finer contraction
/// would be a closed walk of the coarser, hence lie inside one group, where the cuts follow the edges: there is none.</para>
/// </remarks>
public static class ConstrainedPartitioner
{
    /// <summary>Partitions a graph under constraints, or says which of them contradict each other.</summary>
    public static ConstrainedPlan Partition(
        PartitionGraph graph, ReadOnlySpan<bool> supported, PartitionConstraints constraints)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(constraints);
        int[] unitOf = new int[graph.NodeCount];
        List<string> contradictions = ConstraintCheck.Contradictions(graph, supported, constraints, unitOf);
        if (contradictions.Count > 0)
        {
            return new ConstrainedPlan(null, [], contradictions);
        }

        // The check has shown that units contract without a cycle.
        if (!Contraction.TryContract(graph, unitOf, out Contraction? units))
        {
            throw new InvalidOperationException("atomic units form a cycle that the acyclicity checker did not find");
        }

        var search = new ConstrainedSearch(graph, units, supported, constraints);
        return search.Run();
    }
}
