using System.Diagnostics;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Options;

/// <summary>One action of one run, timed.</summary>
/// <param name="Name">The step or the value.</param>
/// <param name="Kind">step, copy to device, copy to host, or wait.</param>
/// <param name="Device">Where it happened: cpu, the device, or both.</param>
/// <param name="StartMs">When it began, in milliseconds since the profile was created.</param>
/// <param name="Ms">How long it took, in milliseconds.</param>
/// <param name="Bytes">What a step read and wrote at its boundary, or what was copied.</param>
/// <param name="Nodes">The number of nodes of a step; 0 for other actions.</param>
/// <param name="Thread">The managed thread that ran it.</param>
public sealed record ActionTime(string Name, string Kind, string Device, double StartMs, double Ms, long Bytes, int Nodes, int Thread)
{
    /// <summary>
    /// The times of the layers of the step's engine, in the order in which TensorRT reports them; empty for other actions.
    /// </summary>
    public IReadOnlyList<LayerTime> Layers { get; init; } = [];

    /// <summary>The control-flow node whose body did it; the node's own time includes this one. Null outside of bodies.</summary>
    public string? Inside { get; init; }

    /// <summary>How often a step ran its body; 0 for a step without one.</summary>
    public long Iterations { get; init; }
}

/// <summary>Collects the times of actions. Safe for any number of threads.</summary>
public sealed class RunProfile
{
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly List<ActionTime> _times = [];
    private readonly List<LayerTime> _layers = [];

    /// <summary>All times so far, in the order in which the actions ended.</summary>
    public IReadOnlyList<ActionTime> Times
    {
        get
        {
            lock (_times) return [.. _times];
        }
    }

    /// <summary>The times of the layers of engines, in the order in which TensorRT reported them.</summary>
    public IReadOnlyList<LayerTime> Layers
    {
        get
        {
            lock (_times) return [.. _layers];
        }
    }

    /// <summary>Receives the times of layers.</summary>
    internal IProgress<LayerTime> LayerReceiver => new Receiver(this);

    /// <summary>Removes all times, for example those of a warm-up.</summary>
    public void Clear()
    {
        lock (_times)
        {
            _times.Clear();
            _layers.Clear();
        }
    }

    /// <summary>Adds an action that ends now.</summary>
    /// <param name="start">When it began (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <param name="action">The action; its times are filled in here.</param>
    internal void Add(long start, ActionTime action)
    {
        action = action with { StartMs = Stopwatch.GetElapsedTime(_origin, start).TotalMilliseconds };
        lock (_times) _times.Add(action);
    }

    private sealed class Receiver(RunProfile profile) : IProgress<LayerTime>
    {
        public void Report(LayerTime value)
        {
            lock (profile._times) profile._layers.Add(value);
        }
    }
}
