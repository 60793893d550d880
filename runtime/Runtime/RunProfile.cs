using System.Diagnostics;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Flow;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.TensorRt.Run;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>One action of one run, timed.</summary>
/// <param name="Name">The step or the value.</param>
/// <param name="Kind">step, copy to device, copy to host, or wait.</param>
/// <param name="Device">Where it happened: cpu, the device, or both.</param>
/// <param name="StartMs">When it began, since the profile was made.</param>
/// <param name="Ms">How long it took.</param>
/// <param name="Bytes">What a step read and wrote at its boundary, or what was copied.</param>
/// <param name="Nodes">The number of nodes of a step; 0 for others.</param>
/// <param name="Thread">The managed thread that ran it.</param>
public sealed record ActionTime(string Name, string Kind, string Device, double StartMs, double Ms, long Bytes, int Nodes, int Thread)
{
    /// <summary>The times of the layers of the step's engine, in the order in which TensorRT gives them; empty for other actions.</summary>
    public IReadOnlyList<LayerTime> Layers { get; init; } = [];

    /// <summary>The node in whose body it happened, whose own time holds this one; null outside of bodies.</summary>
    public string? Inside { get; init; }

    /// <summary>How often a step ran its body; 0 for a step without one.</summary>
    public long Iterations { get; init; }
}

/// <summary>Collects the times of actions, from any number of threads.</summary>
public sealed class RunProfile
{
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly List<ActionTime> _times = [];
    private readonly List<LayerTime> _layers = [];

    /// <summary>All times so far, in the order of their ends.</summary>
    public IReadOnlyList<ActionTime> Times
    {
        get
        {
            lock (_times) return [.. _times];
        }
    }

    /// <summary>The times of the layers of engines, as TensorRT gives them, in the order of their ends.</summary>
    public IReadOnlyList<LayerTime> Layers
    {
        get
        {
            lock (_times) return [.. _layers];
        }
    }

    /// <summary>Receives the times of layers.</summary>
    internal IProgress<LayerTime> LayerReceiver => new Receiver(this);

    /// <summary>Forgets all times: what a warm-up took is of no interest.</summary>
    public void Clear()
    {
        lock (_times)
        {
            _times.Clear();
            _layers.Clear();
        }
    }

    internal void Add(long start, ScheduledAction action, ContextLayout layout, SlotValues values, string? inside)
    {
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        (string name, string kind, string device, long bytes, int nodes) = Describe(action, layout, values);
        var time = new ActionTime(name, kind, device, Stopwatch.GetElapsedTime(_origin, start).TotalMilliseconds,
            took.TotalMilliseconds, bytes, nodes, Environment.CurrentManagedThreadId)
        {
            Inside = inside,
            Iterations = action.Kind == ActionKind.Launch && layout.Steps[action.Index] is FlowStep flow ? flow.Iterations : 0,
            Layers = action.Kind == ActionKind.Launch ? layout.Steps[action.Index].TakeLayers() : [],
        };
        lock (_times) _times.Add(time);
    }

    private static (string Name, string Kind, string Device, long Bytes, int Nodes) Describe(
        ScheduledAction action, ContextLayout layout, SlotValues values)
    {
        string device = layout.Stream?.Name ?? "cpu";
        if (action.Kind == ActionKind.Wait) return ("", "wait", device, 0, 0);
        if (action.Kind != ActionKind.Launch)
            return ($"slot {action.Index}", action.Kind == ActionKind.CopyToDevice ? "copy to device" : "copy to host", device,
                BytesOf(values[MemoryPlace.Host, action.Index]), 0);
        ExecutionStep step = layout.Plan.Steps[action.Index];
        long bytes = 0;
        for (int i = 0; i < step.Inputs.Length; i++) bytes += BytesOf(values[layout.Steps[action.Index].Placement.Inputs[i], step.Inputs[i]]);
        for (int i = 0; i < step.Outputs.Length; i++) bytes += BytesOf(values[layout.Steps[action.Index].Placement.Outputs[i], step.Outputs[i]]);
        Node first = layout.Plan.Graph.Nodes[step.Segment.Nodes[0]];
        string name = step.Group is { } group ? $"TrtNode_{group.Id}" : $"step {action.Index} ({first.Op.Type}{(step.Segment.Nodes.Length > 1 ? ", ..." : "")})";
        return (name, "step", layout.Steps[action.Index].Device, bytes, step.Segment.Nodes.Length);
    }

    private static long BytesOf(OrtValue? value) => value is { IsTensor: true } && !value.GetTensorTypeAndShape().IsString ? value.GetTensorSizeInBytes() : 0;

    private sealed class Receiver(RunProfile profile) : IProgress<LayerTime>
    {
        public void Report(LayerTime value)
        {
            lock (profile._times) profile._layers.Add(value);
        }
    }
}
