namespace GraphPartition.Runtime.Devices;

/// <summary>
/// A device with memory of its own, and one stream of work on it: memory, copies, synchronization and recording. All steps of a runner
/// enqueue on the same stream, so a buffer may be written again as soon as its last reader has been enqueued. For one thread at a time.
/// How ONNX Runtime computes on the device is the concern of an <c>ExecutionProvider</c>.
/// </summary>
internal abstract class DeviceStream : IDisposable
{
    /// <summary>The name of the device, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>Tells ONNX Runtime that a value is on this device.</summary>
    public abstract OrtMemoryInfo MemoryInfo { get; }

    /// <summary>Whether work can be recorded and replayed (<see cref="Record"/>).</summary>
    public abstract bool CanRecord { get; }

    /// <summary>The native handle of the stream (a CUstream), or 0.</summary>
    public virtual nint Handle => 0;

    /// <summary>Allocates device memory. It is not cleared.</summary>
    /// <exception cref="OutOfDeviceMemoryException">There is not enough.</exception>
    public abstract MemoryBlock AllocateOnDevice(long bytes);

    /// <summary>Allocates pinned host memory: the device copies from and to it without the processor.</summary>
    public abstract MemoryBlock AllocateOnHost(long bytes);

    /// <summary>Enqueues a copy between any two addresses. Both must stay valid until it is done.</summary>
    public abstract void Copy(nint from, nint to, long bytes);

    /// <summary>Waits until all enqueued work is done. Errors of that work are thrown here.</summary>
    public abstract void Synchronize();

    /// <summary>Records the work that an action enqueues, without executing it.</summary>
    /// <param name="enqueue">Enqueues on this stream and does nothing else; all memory that it uses stays valid.</param>
    /// <param name="stays">Whether host memory at an address outlives the recording.</param>
    /// <param name="reason">Why the work cannot be recorded, if the result is null.</param>
    public abstract IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Recorded work.</summary>
internal interface IRecording : IDisposable
{
    /// <summary>Enqueues the work again on its stream.</summary>
    void Replay();
}
