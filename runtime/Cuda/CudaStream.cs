namespace GraphPartition.Cuda;

/// <summary>A queue of work that a device executes in order. Safe for several threads, except while capturing.</summary>
public sealed unsafe class CudaStream : CudaHandle
{
    private const uint NonBlocking = 1; // CU_STREAM_NON_BLOCKING
    private const int Relaxed = 2; // CU_STREAM_CAPTURE_MODE_RELAXED: allocating meanwhile is allowed, to us and to others

    private CudaStream(CudaDevice device, bool isOwned = true) : base(device, isOwned)
    {
    }

    /// <summary>
    /// Enqueues a copy between any two addresses, on the host or the device. Both must stay valid until the copy is done.
    /// </summary>
    public void Copy(nint from, nint to, long bytes)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.MemcpyAsync(to, from, checked((nuint)bytes), Pointer), "cuMemcpyAsync");
    }

    /// <summary>Waits until all work enqueued so far is done.</summary>
    /// <exception cref="CudaException">That work failed.</exception>
    public void Synchronize()
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.StreamSynchronize(Pointer), "cuStreamSynchronize");
    }

    /// <summary>Lets what is enqueued from now on start after the mark of an event. The host does not wait.</summary>
    public void Wait(CudaEvent mark)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.StreamWaitEvent(Pointer, mark.Pointer, 0), "cuStreamWaitEvent");
    }

    /// <summary>
    /// Records the work that <paramref name="enqueue"/> enqueues on this stream instead of executing it. TensorRT must have run once
    /// with the same shapes before, and memory must not move between launches.
    /// </summary>
    public CudaGraph Capture(Action enqueue) => Capture(enqueue, _ => true, out _)!;

    /// <summary>As <see cref="Capture(Action)"/>, for work of another library, which may use host memory that it owns.</summary>
    /// <param name="enqueue">The work.</param>
    /// <param name="stays">Whether host memory at an address outlives the graph.</param>
    /// <param name="reason">Why the work cannot be repeated; null if it can.</param>
    /// <returns>The graph; null if the work cannot be repeated.</returns>
    public CudaGraph? Capture(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        Device.MakeCurrent();
        CudaFunctions cuda = Device.Driver.Functions;
        Check(cuda.StreamBeginCapture(Pointer, Relaxed), "cuStreamBeginCapture");
        nint graph;
        try
        {
            enqueue();
        }
        catch
        {
            if (cuda.StreamEndCapture(Pointer, &graph) == 0 && graph != 0) cuda.GraphDestroy(graph);
            throw;
        }
        Check(cuda.StreamEndCapture(Pointer, &graph), "cuStreamEndCapture");
        try
        {
            reason = CudaGraphNodes.Prepare(Device, graph, stays, out IReadOnlyList<CudaMemory> tables);
            if (reason is null) return CudaGraph.Instantiate(Device, graph, tables);
            foreach (CudaMemory table in tables) table.Dispose();
            return null;
        }
        finally
        {
            cuda.GraphDestroy(graph);
        }
    }

    /// <summary>Creates a stream that does not wait for the default stream.</summary>
    public static CudaStream Create(CudaDevice device)
    {
        CudaStream stream = new(device);
        stream.Create(device.Driver.Functions.StreamCreate, NonBlocking, "cuStreamCreate");
        return stream;
    }

    /// <summary>A stream of another library in the process, which still owns it.</summary>
    /// <param name="device">The device of the stream.</param>
    /// <param name="pointer">The driver's handle (CUstream).</param>
    public static CudaStream Borrow(CudaDevice device, nint pointer)
    {
        CudaStream stream = new(device, isOwned: false);
        stream.SetHandle(pointer);
        return stream;
    }

    private protected override bool Destroy() => Device.Driver.Functions.StreamDestroy(handle) == 0;
}
