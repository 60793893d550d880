using System.Collections.Immutable;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Flow;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Runtime;

/// <summary>How one step runs.</summary>
/// <param name="Index">Its place in the order.</param>
/// <param name="Group">The number of its group, where it is one.</param>
/// <param name="Nodes">How many nodes it computes.</param>
/// <param name="Device">What computes it: "cpu", the device, or the device with operators that it lacks on the CPU.</param>
public sealed record StepReport(int Index, int? Group, int Nodes, string Device)
{
    /// <summary>Of an If, Loop or Scan that the session runs itself: what the contexts of its bodies do, as far as they ran.</summary>
    public ImmutableArray<ContextReport> Bodies { get; init; } = [];
}

/// <summary>What a context does and which memory it has planned, for the shapes of its last run.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="CopiesToDevice">Values that are copied from the host to the device.</param>
/// <param name="CopiesToHost">Values that are copied back.</param>
/// <param name="Waits">How often the host waits for the device.</param>
/// <param name="HostBytes">Memory of the host for values at boundaries, without that of bodies.</param>
/// <param name="DeviceBytes">Memory of the device for values at boundaries, without that of bodies.</param>
/// <param name="BytesApart">What both would be if no two values shared memory.</param>
/// <param name="Recorded">How many stretches of work are replayed.</param>
/// <param name="Refusals">Why others are not.</param>
public sealed record ContextReport(
    ImmutableArray<StepReport> Steps, int CopiesToDevice, int CopiesToHost, int Waits,
    long HostBytes, long DeviceBytes, long BytesApart, int Recorded, ImmutableArray<string> Refusals)
{
    internal static ContextReport Of(ExecutionPlan plan, RunContext context)
    {
        ImmutableArray<ScheduledAction> actions = context.Layout.Schedule.Actions;
        BufferPlan? buffers = context.State?.Plan;
        return new(
            [.. plan.Steps.Select((step, s) => new StepReport(s, step.Group?.Id, step.Segment.Nodes.Length, context.Layout.Steps[s].Device)
            {
                Bodies = context.Layout.Steps[s] is FlowStep flow ? [.. flow.Contexts.Select(c => Of(c.Layout.Plan, c))] : [],
            })],
            actions.Count(a => a.Kind == ActionKind.CopyToDevice), actions.Count(a => a.Kind == ActionKind.CopyToHost),
            actions.Count(a => a.Kind == ActionKind.Wait),
            buffers?.Bytes(MemoryPlace.Host) ?? 0, buffers?.Bytes(MemoryPlace.Device) ?? 0,
            (buffers?.BytesApart(MemoryPlace.Host) ?? 0) + (buffers?.BytesApart(MemoryPlace.Device) ?? 0),
            context.State?.Regions.Count(r => r.Recording is not null) ?? 0,
            [.. (context.State?.Regions ?? []).Select(r => r.Refusal).OfType<string>().Distinct()]);
    }
}
