using System.Diagnostics;
using GraphPartition.Runtime.Memory;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Execution;

/// <summary>Describes timed actions for a <see cref="RunProfile"/>.</summary>
internal static class ActionTimer
{
    /// <summary>An action that ends now.</summary>
    /// <param name="start">When it began.</param>
    /// <param name="action">The action.</param>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="values">The values of the run.</param>
    /// <param name="inside">The node around the body; null outside of bodies.</param>
    public static ActionTime Describe(long start, ScheduledAction action, RunPlan plan, SlotTable values, string? inside)
    {
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        int thread = Environment.CurrentManagedThreadId;
        string device = plan.Stream?.Name ?? "cpu";
        if (action.Kind == ActionKind.Wait) return new("", "wait", device, 0, ms, 0, 0, thread) { Inside = inside };
        if (action.Kind != ActionKind.Launch)
            return new($"slot {action.Index}", action.Kind == ActionKind.CopyToDevice ? "copy to device" : "copy to host", device, 0, ms,
                BytesOf(values[MemoryPlace.Host, action.Index]), 0, thread)
            { Inside = inside };
        ExecutionStep step = plan.Plan.Steps[action.Index];
        var executor = plan.Steps[action.Index];
        long bytes = 0;
        for (int i = 0; i < step.Inputs.Length; i++) bytes += BytesOf(values[executor.Placement.Inputs[i], step.Inputs[i]]);
        for (int i = 0; i < step.Outputs.Length; i++) bytes += BytesOf(values[executor.Placement.Outputs[i], step.Outputs[i]]);
        Node first = plan.Plan.Graph.Nodes[step.Segment.Nodes[0]];
        string name = step.Group is { } group ? $"TrtNode_{group.Id}"
            : $"step {action.Index} ({first.Op.Type}{(step.Segment.Nodes.Length > 1 ? ", ..." : "")})";
        return new(name, "step", executor.Device, 0, ms, bytes, step.Segment.Nodes.Length, thread)
        {
            Inside = inside,
            Iterations = executor.Iterations,
            Layers = executor.TakeLayers(),
        };
    }

    private static long BytesOf(OrtValue? value) =>
        value is { IsTensor: true } && !value.GetTensorTypeAndShape().IsString ? value.GetTensorSizeInBytes() : 0;
}
