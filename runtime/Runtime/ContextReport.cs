using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Flow;
using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime;

/// <summary>How one step runs.</summary>
/// <param name="Index">Its place in the order.</param>
/// <param name="Group">The number of its engine group; null for a fallback step.</param>
/// <param name="Nodes">How many nodes it computes.</param>
/// <param name="Device">What computes it: "cpu", the device, or the device with operators that it lacks on the CPU.</param>
public sealed record StepReport(int Index, int? Group, int Nodes, string Device)
{
    /// <summary>For an If, Loop or Scan that the session runs itself: the contexts of its bodies that have run so far.</summary>
    public ImmutableArray<ContextReport> Bodies { get; init; } = [];
}

/// <summary>The actions of a context, and the memory that it has planned, for the shapes of its last run.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="CopiesToDevice">The number of values that are copied from the host to the device.</param>
/// <param name="CopiesToHost">The number of values that are copied back.</param>
/// <param name="Waits">How often the host waits for the device.</param>
/// <param name="HostBytes">Host memory for values at boundaries, without that of bodies.</param>
/// <param name="DeviceBytes">Device memory for values at boundaries, without that of bodies.</param>
/// <param name="BytesApart">What both would be if no two values shared memory.</param>
/// <param name="Recorded">The number of ranges of actions that are replayed.</param>
/// <param name="Refusals">Why other ranges are not.</param>
public sealed record ContextReport(
    ImmutableArray<StepReport> Steps, int CopiesToDevice, int CopiesToHost, int Waits,
    long HostBytes, long DeviceBytes, long BytesApart, int Recorded, ImmutableArray<string> Refusals)
{
    internal static ContextReport Of(ExecutionPlan plan, Runner runner)
    {
        ImmutableArray<ScheduledAction> actions = runner.Plan.Schedule.Actions;
        MemoryPlan? memory = runner.Bound?.Memory;
        RecordedRange[] ranges = [.. runner.Bound?.Ranges ?? []];
        return new(
            [.. plan.Steps.Select((step, s) => new StepReport(s, step.Group?.Id, step.Segment.Nodes.Length, runner.Plan.Steps[s].Device)
            {
                Bodies = runner.Plan.Steps[s] is FlowStep flow ? [.. flow.Runners.Select(r => Of(r.Plan.Plan, r))] : [],
            })],
            actions.Count(a => a.Kind == ActionKind.CopyToDevice), actions.Count(a => a.Kind == ActionKind.CopyToHost),
            actions.Count(a => a.Kind == ActionKind.Wait),
            memory?.Bytes(MemoryPlace.Host) ?? 0, memory?.Bytes(MemoryPlace.Device) ?? 0,
            (memory?.BytesApart(MemoryPlace.Host) ?? 0) + (memory?.BytesApart(MemoryPlace.Device) ?? 0),
            ranges.Count(r => r.Recording is not null), [.. ranges.Select(r => r.Refusal).OfType<string>().Distinct()]);
    }
}
