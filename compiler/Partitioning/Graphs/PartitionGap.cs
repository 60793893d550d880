namespace GraphPartition.Partitioning.Graphs;

/// <summary>What one constraint costs against the unconstrained minimum.</summary>
/// <param name="Constraint">The name of the constraint.</param>
/// <param name="Engines">Engines above the bound that it causes (or below, when it drops groups to fallback).</param>
/// <param name="Reason">In words, for the report.</param>
public sealed record PartitionGap(string Constraint, int Engines, string Reason);
