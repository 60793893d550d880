using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Compiler.Explaining;

/// <summary>
/// What a plan would save if more nodes were supported: the graph is partitioned again with them. Constraints of the plan are left out
/// on both sides. Thread-safe.
/// </summary>
public sealed class SupportTrial
{
    /// <summary>
    /// Nodes times partitions up to which a trial optimizes boundaries as the plan does. That is the slowest step of planning: above this
    /// limit a trial skips it and gives every node its earliest segment, in linear time.
    /// </summary>
    private const long MostWork = 200_000;

    private readonly PartitionPlan _plan;
    private readonly (int Engines, int Tensors) _now;
    private int _partitions;

    /// <summary>Prepares trials on a plan.</summary>
    /// <param name="plan">The plan as it is.</param>
    /// <param name="trials">How many trials there will be.</param>
    public SupportTrial(PartitionPlan plan, int trials)
    {
        _plan = plan;
        IsExact = plan.Groups != GroupMode.Minimum || (long)plan.Tags.Length * (trials + 1) <= MostWork;
        _now = Measure([]);
    }

    /// <summary>
    /// Whether boundary tensors are counted in optimized partitions. Otherwise every node has its earliest segment. The number of engines
    /// is exact in both cases.
    /// </summary>
    public bool IsExact { get; }

    /// <summary>How often the graph was partitioned: once as it is, once for each trial.</summary>
    public int Partitions => _partitions;

    /// <summary>
    /// How many engines (those in bodies included) and boundary tensors would be saved; negative where the nodes would become engines of
    /// their own.
    /// </summary>
    public (int Engines, int BoundaryTensors) SavedBy(params ReadOnlySpan<int> nodes)
    {
        (int engines, int tensors) = Measure(nodes);
        return (_now.Engines - engines, _now.Tensors - tensors);
    }

    private (int Engines, int Tensors) Measure(ReadOnlySpan<int> added)
    {
        Interlocked.Increment(ref _partitions);
        bool[] supported = [.. _plan.Tags.Select(t => t.IsYes)];
        foreach (int n in added) supported[n] = true;
        int inBodies = _plan.Bodies.Sum(b => supported[b.Node] ? 0 : b.Plan.TotalEngines);
        if (!IsExact)
        {
            (int engines, int[] segmentOf) = LevelPartitioner.Segments(_plan.Topology, supported);
            return (engines + inBodies, BoundaryCost.LeavingTensors(_plan.Topology, segmentOf));
        }
        Partition partitioning = PartitionPlan.Partition(_plan.Topology, supported, _plan.Groups).Partitioning;
        return (partitioning.EngineCount + inBodies, BoundaryCost.LeavingTensors(_plan.Topology, partitioning.SegmentOf));
    }
}
