using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Devices;

/// <summary>
/// One order of work on a device with memory of its own. Every step of a context enqueues here and nobody waits in between, so a
/// buffer may be written again as soon as its last reader has been enqueued. For one thread at a time.
/// </summary>
internal abstract class DeviceStream : IDisposable
{
    /// <summary>For people: what device this is.</summary>
    public abstract string Name { get; }

    /// <summary>Says to ONNX Runtime that a value lies on this device.</summary>
    public abstract OrtMemoryInfo MemoryInfo { get; }

    /// <summary>Whether work can be recorded and done again (<see cref="Record"/>).</summary>
    public abstract bool CanRecord { get; }

    /// <summary>The device's handle of this order of work (a CUstream), or 0.</summary>
    public virtual nint Handle => 0;

    /// <summary>Memory of the device. Not cleared.</summary>
    /// <exception cref="OutOfDeviceMemoryException">There is not enough.</exception>
    public abstract MemoryBlock AllocateOnDevice(long bytes);

    /// <summary>Host memory that the device copies from and to without help of the processor.</summary>
    public abstract MemoryBlock AllocateOnHost(long bytes);

    /// <summary>Enqueues a copy between any two places. Both must stay until it is done.</summary>
    public abstract void Copy(nint from, nint to, long bytes);

    /// <summary>Waits until all that was enqueued is done. Faults of that work are thrown here.</summary>
    public abstract void Synchronize();

    /// <summary>Records what an action enqueues, without doing it.</summary>
    /// <param name="enqueue">Enqueues on this stream and does nothing else: all its memory is there and stays.</param>
    /// <param name="stays">Whether host memory at an address outlives the recording.</param>
    /// <param name="reason">Why it cannot be recorded, where the result is null.</param>
    public abstract IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason);

    /// <summary>Makes a session of ONNX Runtime compute on this stream.</summary>
    /// <param name="options">The session's options.</param>
    /// <param name="graph">What it computes.</param>
    public abstract void Configure(SessionOptions options, Graph graph);

    /// <summary>A session that computes every operator of a segment on this stream; null where the device lacks some.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="create">Makes a session of it with the options that its argument sets.</param>
    public abstract InferenceSession? TryCreateSession(GraphSegment segment, Func<Action<SessionOptions, Graph>, InferenceSession> create);

    /// <summary>
    /// What must outlive a session of this stream, to be disposed after the session and after <see cref="Synchronize"/>; null
    /// where there is nothing.
    /// </summary>
    public virtual IDisposable? Hold(InferenceSession session) => null;

    /// <summary>Where a session that computes on this stream wants its values.</summary>
    /// <param name="session">The session.</param>
    /// <param name="graph">What it computes.</param>
    public abstract StepPlacement PlacementOf(InferenceSession session, Graph graph);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Recorded work.</summary>
internal interface IRecording : IDisposable
{
    /// <summary>Enqueues it again on its stream.</summary>
    void Replay();
}
