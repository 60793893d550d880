using GraphPartition.Compiler.Cost;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// Constraints on engines, beyond "as few as possible", for the nodes of a model. Where a constraint excludes the minimum, the plan still
/// reports the minimum and how many engines each constraint adds.
/// </summary>
public sealed record PlanConstraints
{
    /// <summary>No constraints.</summary>
    public static PlanConstraints None { get; } = new();

    /// <summary>The least number of nodes of an engine; smaller ones fall back.</summary>
    public int MinNodes { get; init; } = 1;

    /// <summary>The least estimated number of arithmetic operations of an engine; smaller ones fall back.</summary>
    public long MinFlops { get; init; }

    /// <summary>
    /// The microseconds that an engine saves at least, estimated for <see cref="Device"/>. Null: 0 if the device's profile was measured
    /// and the support policy is of a real TensorRT, else no limit.
    /// </summary>
    public double? MinProfit { get; init; }

    /// <summary>The largest number of engines; those that save most stay.</summary>
    public int MaxEngines { get; init; } = int.MaxValue;

    /// <summary>The largest number of nodes of an engine; larger ones are cut.</summary>
    public int MaxNodes { get; init; } = int.MaxValue;

    /// <summary>The largest number of weight bytes of an engine; larger ones are cut.</summary>
    public long MaxWeightBytes { get; init; } = long.MaxValue;

    /// <summary>Named sets of nodes that share one engine or fall back together.</summary>
    public ImmutableArray<NamedUnit> Units { get; init; } = [];

    /// <summary>Whether a node stays together with the DequantizeLinear before it and the QuantizeLinear behind it.</summary>
    public bool KeepQuantization { get; init; }

    /// <summary>Nodes that must be in an engine, however small.</summary>
    public ImmutableArray<NodeSelector> Include { get; init; } = [];

    /// <summary>Nodes that fall back although they are supported.</summary>
    public ImmutableArray<NodeSelector> Exclude { get; init; } = [];

    /// <summary>Nodes that fall back together with everything that depends on them.</summary>
    public ImmutableArray<NodeSelector> StopAt { get; init; } = [];

    /// <summary>Nodes whose place is fixed by hand (<see cref="AssignmentFile"/>).</summary>
    public ImmutableArray<Assignment> Assignments { get; init; } = [];

    /// <summary>Whether an engine holds nodes of one floating-point type only.</summary>
    public bool SeparatePrecisions { get; init; }

    /// <summary>Whether an engine holds either nodes of static shapes or nodes of dynamic shapes.</summary>
    public bool SeparateShapes { get; init; }

    /// <summary>The device that profits are estimated for.</summary>
    public DeviceProfile Device { get; init; } = DeviceProfile.Default;

    /// <summary>Whether there are no constraints.</summary>
    public bool IsNone =>
        Units.IsEmpty && Include.IsEmpty && Exclude.IsEmpty && StopAt.IsEmpty && Assignments.IsEmpty
        // Two empty lists can be unequal, so lists are compared by IsEmpty.
        && this with { Device = None.Device, Units = [], Include = [], Exclude = [], StopAt = [], Assignments = [] } == None;

    /// <summary>Whether a constraint fixes the place of the node. Then passes for the target do not rewrite the node.</summary>
    internal bool Places(Node node) => PlacesAny && Exclude.Concat(StopAt).Concat(Units.SelectMany(u => u.Selectors))
        .Concat(Assignments.Select(a => a.Nodes)).Any(s => s.Matches(node));

    private bool PlacesAny => !(Exclude.IsEmpty && StopAt.IsEmpty && Units.IsEmpty && Assignments.IsEmpty);

    /// <summary>Whether a constraint can apply to a graph: <see cref="KeepQuantization"/> has no effect without quantization.</summary>
    internal bool ConcernsGraph(Graph graph) =>
        !(KeepQuantization && !graph.HasAnyOf("DequantizeLinear") ? this with { KeepQuantization = false } : this).IsNone;
}

/// <summary>What may form a group.</summary>
public enum GroupMode
{
    /// <summary>The fewest groups; the nodes of a group need not be connected, which TensorRT accepts.</summary>
    Minimum,
    /// <summary>Each group is connected by edges, and no two groups with an edge between them could be merged.</summary>
    Connected,
}

/// <summary>A set of nodes that share one engine or fall back together.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Selectors">Its nodes.</param>
public sealed record NamedUnit(string Name, ImmutableArray<NodeSelector> Selectors);

/// <summary>A place fixed by hand.</summary>
/// <param name="Engine">The engine's name, or null for the fallback.</param>
/// <param name="Nodes">The nodes.</param>
public sealed record Assignment(string? Engine, NodeSelector Nodes);
