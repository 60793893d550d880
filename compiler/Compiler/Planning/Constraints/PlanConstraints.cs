using System.Collections.Immutable;
using GraphPartition.Compiler.Cost;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Planning.Constraints;

/// <summary>
/// What a user may ask of engines beyond "as few as possible", in words of the model. Where a constraint makes the fewest engines
/// impossible the plan still reports that bound, and what each constraint costs.
/// </summary>
public sealed record PlanConstraints
{
    /// <summary>No constraints.</summary>
    public static PlanConstraints None { get; } = new();

    /// <summary>An engine has at least so many nodes; smaller ones fall back.</summary>
    public int MinNodes { get; init; } = 1;

    /// <summary>An engine does at least so many arithmetic operations, estimated; smaller ones fall back.</summary>
    public long MinFlops { get; init; }

    /// <summary>An engine saves at least so many microseconds, estimated for <see cref="Device"/>; null: whatever it saves.</summary>
    public double? MinProfit { get; init; }

    /// <summary>At most so many engines; the most profitable stay.</summary>
    public int MaxEngines { get; init; } = int.MaxValue;

    /// <summary>An engine has at most so many nodes; larger ones are cut.</summary>
    public int MaxNodes { get; init; } = int.MaxValue;

    /// <summary>An engine has at most so many bytes of weights; larger ones are cut.</summary>
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

    /// <summary>Whether nothing is asked.</summary>
    public bool IsNone =>
        Units.IsEmpty && Include.IsEmpty && Exclude.IsEmpty && StopAt.IsEmpty && Assignments.IsEmpty
        // Empty lists differ where they were made in different ways.
        && this with { Device = None.Device, Units = [], Include = [], Exclude = [], StopAt = [], Assignments = [] } == None;

    /// <summary>Whether anything is asked that can concern a graph: keeping quantisation together asks nothing where there is none.</summary>
    internal bool AskSomethingOf(Graph graph) =>
        !(KeepQuantization && !graph.HasAnyOf("DequantizeLinear") ? this with { KeepQuantization = false } : this).IsNone;
}

/// <summary>A set of nodes that share one engine or fall back together.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Selectors">Its nodes.</param>
public sealed record NamedUnit(string Name, ImmutableArray<NodeSelector> Selectors);

/// <summary>A place fixed by hand.</summary>
/// <param name="Engine">The engine's name, or null for the fallback.</param>
/// <param name="Nodes">The nodes.</param>
public sealed record Assignment(string? Engine, NodeSelector Nodes);
