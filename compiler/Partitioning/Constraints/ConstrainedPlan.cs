using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>Supported nodes that a constraint sent to fallback.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Nodes">The nodes, ascending.</param>
/// <param name="Reason">In words.</param>
public sealed record DroppedNodes(string Constraint, IReadOnlyList<int> Nodes, string Reason);

/// <summary>A partitioning that keeps all constraints, or the contradictions that make it impossible.</summary>
/// <param name="Partitioning">The plan, or null when the constraints contradict each other.</param>
/// <param name="Dropped">Which supported nodes fell back, and why.</param>
/// <param name="Contradictions">Why there is no plan, naming both sides of each contradiction.</param>
public sealed record ConstrainedPlan(
    Partition? Partitioning, IReadOnlyList<DroppedNodes> Dropped, IReadOnlyList<string> Contradictions);
