namespace GraphPartition.Partitioning.Graphs;

/// <summary>One step of the partitioned graph: a group that becomes an engine, or a stretch of fallback.</summary>
/// <param name="Id">Its place in <see cref="Partition.Segments"/>; no edge leads from a larger id to a smaller.</param>
/// <param name="IsEngine">Whether its nodes go into one engine.</param>
/// <param name="Level">
/// The number of engines that any path to its nodes may have entered, this one included: 1 to k for engines, and for
/// fallback the level of the engines before it. Several segments share a level when a constraint forbids the minimum.
/// </param>
/// <param name="Nodes">Its nodes, in ascending order.</param>
public readonly record struct Segment(int Id, bool IsEngine, int Level, ReadOnlyMemory<int> Nodes);
