using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>
/// Partitions under constraints. The theorem of <see cref="LevelPartitioner"/> then no longer gives the minimum, so the result
/// reports the unconstrained bound and how many engines each constraint adds or removes; these numbers add up to the gap.
/// </summary>
/// <remarks>
/// <para>Atomic units become single nodes. Groups come from the numbering by class, or from
/// <see cref="ConnectedPartitioner"/>; groups above a cap are cut along a topological order; groups below a minimum, and the
/// least profitable ones above the allowed number, fall back. Nodes that fall back can separate other groups or remove a level, so
/// everything is repeated until nothing changes. With a minimum of profit, several orders of falling back are tried
/// (<see cref="ProfitPlan"/>), and the partition with the largest profit is taken.</para>
/// <para>Cutting a group along a topological order, or dropping one, only refines the grouping. A cycle of the finer contraction
/// would be a closed walk of the coarser, hence lie inside one group, where the cuts follow the edges: there is none.</para>
/// </remarks>
public static class ConstrainedPartitioner
{
    private const int ManyNodes = 100_000; // above it one search for profitable engines must do

    private static readonly ProfitPlan[] Plans = [new(false, true), new(true, true), new(false, false)];

    /// <summary>Partitions a graph under constraints, or lists those that contradict each other.</summary>
    public static ConstrainedResult Partition(
        PartitionGraph graph, ReadOnlySpan<bool> supported, PartitionConstraints constraints)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(constraints);
        int[] unitOf = new int[graph.NodeCount];
        List<string> contradictions = ConstraintCheck.Contradictions(graph, supported, constraints, unitOf);
        if (contradictions.Count > 0) return new ConstrainedResult(null, [], contradictions);
        // The check has shown that units contract without a cycle.
        if (!Contraction.TryContract(graph, unitOf, out Contraction? units))
            throw new InvalidOperationException("atomic units form a cycle that the acyclicity checker did not find");

        bool weighsProfit = !double.IsNegativeInfinity(constraints.MinProfit);
        int plans = !weighsProfit || graph.NodeCount > ManyNodes ? 1 : Plans.Length;
        (ConstrainedResult? best, double most) = (null, 0);
        foreach (ProfitPlan plan in Plans.AsSpan(0, plans))
        {
            var search = new ConstrainedSearch(graph, units, supported, constraints, plan);
            ConstrainedResult result = search.Run();
            if (best is null || search.Profit > most) (best, most) = (result, search.Profit);
        }
        return best!;
    }
}

/// <summary>Supported nodes that a constraint sent to fallback.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Nodes">The nodes, ascending.</param>
/// <param name="Reason">For reports.</param>
public sealed record DroppedNodes(string Constraint, IReadOnlyList<int> Nodes, string Reason);

/// <summary>A partition that satisfies all constraints, or the contradictions that exclude every such partition.</summary>
/// <param name="Partitioning">The partition, or null when the constraints contradict each other.</param>
/// <param name="Dropped">Which supported nodes fell back, and why.</param>
/// <param name="Contradictions">Why there is no partition; each names both sides of the contradiction.</param>
public sealed record ConstrainedResult(
    Partition? Partitioning, IReadOnlyList<DroppedNodes> Dropped, IReadOnlyList<string> Contradictions);
