using System.Collections.Immutable;
using GraphPartition.Compiler.Operators;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Partition;

namespace GraphPartition.Compiler.Plan;

/// <summary>Which nodes go into which engine, which stay, and why; with the proof that fewer engines are impossible.</summary>
/// <param name="Graph">The graph that is partitioned.</param>
/// <param name="Tags">For each node whether an engine may take it, with the reason where not.</param>
/// <param name="Topology">The graph as the partitioner sees it.</param>
/// <param name="Partitioning">The partition as indices, with its certificate.</param>
/// <param name="Segments">The same as parts of the graph, in an executable order.</param>
public sealed record PartitionPlan(
    Graph Graph, ImmutableArray<Support> Tags, PartitionGraph Topology, Partitioning Partitioning, ImmutableArray<GraphSegment> Segments)
{
    /// <summary>What may form a group.</summary>
    public GroupMode Groups { get; init; } = GroupMode.Minimum;

    /// <summary>Tensors that leave one segment for another, or for the caller; inputs of the graph are not counted.</summary>
    public int BoundaryTensors => Segments.Sum(s => s.Outputs.Length);

    /// <summary>Partitions a graph whose nodes are tagged, and checks the result independently.</summary>
    /// <exception cref="InternalCompilerException">The partition is wrong: a bug of ours.</exception>
    public static PartitionPlan Of(Graph graph, IReadOnlyList<Support> tags, GroupMode groups)
    {
        PartitionGraph topology = GraphTopology.Of(graph);
        bool[] supported = [.. tags.Select(t => t.IsYes)];
        Partitioning partitioning = Partition(topology, supported, groups);

        if (AcyclicityChecker.FindCycle(topology, partitioning.SegmentOf) is { } cycle)
            throw new InternalCompilerException("partition", $"the contracted graph has a cycle: {cycle}");
        if (CertificateVerifier.Verify(topology, supported, partitioning) is { Count: > 0 } faults)
            throw new InternalCompilerException("partition", string.Join("; ", faults));

        bool[] isEngine = [.. partitioning.Segments.Select(s => s.IsEngine)];
        return new(graph, [.. tags], topology, partitioning, GraphSegment.Cut(graph, partitioning.SegmentOf, isEngine)) { Groups = groups };
    }

    /// <summary>The partition of index arrays that <see cref="Of"/> makes: the same question for other supported nodes.</summary>
    internal static Partitioning Partition(PartitionGraph topology, ReadOnlySpan<bool> supported, GroupMode groups) =>
        groups == GroupMode.Connected
            ? ConnectedPartitioner.Partition(topology, supported)
            : BoundaryOptimizer.Optimize(topology, supported).Partitioning;
}
