namespace GraphPartition.Cuda;

/// <summary>Work of a device that happens in order. Safe for several threads, except while capturing.</summary>
public sealed unsafe class CudaStream : CudaHandle
{
    private const uint NonBlocking = 1; // CU_STREAM_NON_BLOCKING
    private const int Relaxed = 2; // CU_STREAM_CAPTURE_MODE_RELAXED: allocating meanwhile is allowed, to us and to others

    private CudaStream(CudaDevice device)
        : base(device)
    {
    }

    /// <summary>
    /// Copies between any two places, host or device; the driver knows which is which. Both must stay until it is done.
    /// </summary>
    public void Copy(nint from, nint to, long bytes)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.MemcpyAsync(to, from, checked((nuint)bytes), Pointer), "cuMemcpyAsync");
    }

    /// <summary>Waits until all work so far is done. Errors of that work are thrown here.</summary>
    public void Synchronize()
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.StreamSynchronize(Pointer), "cuStreamSynchronize");
    }

    /// <summary>Lets later work of this stream wait for what an event stands for; the host does not wait.</summary>
    public void WaitFor(CudaEvent other)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.StreamWaitEvent(Pointer, other.Pointer, 0), "cuStreamWaitEvent");
    }

    /// <summary>
    /// Records the work that <paramref name="enqueue"/> gives to this stream instead of doing it. TensorRT must have run once
    /// with the same shapes before, and memory must not move between launches.
    /// </summary>
    public CudaGraph Capture(Action enqueue) => Capture(enqueue, _ => true, out _)!;

    /// <summary>As <see cref="Capture(Action)"/>, for work that somebody else enqueues and that may touch host memory of its own.</summary>
    /// <param name="enqueue">The work.</param>
    /// <param name="stays">Whether host memory at an address outlives the graph.</param>
    /// <param name="reason">Why the work must not be repeated, where the result is null.</param>
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
            if (cuda.StreamEndCapture(Pointer, &graph) == 0 && graph != 0)
            {
                cuda.GraphDestroy(graph);
            }

            throw;
        }

        Check(cuda.StreamEndCapture(Pointer, &graph), "cuStreamEndCapture");
        try
        {
            reason = CudaGraphNodes.Prepare(Device, graph, stays, out IReadOnlyList<CudaMemory> tables);
            if (reason is null)
            {
                return CudaGraph.Instantiate(Device, graph, tables);
            }

            foreach (CudaMemory table in tables)
            {
                table.Dispose();
            }

            return null;
        }
        finally
        {
            cuda.GraphDestroy(graph);
        }
    }

    internal static CudaStream Create(CudaDevice device)
    {
        CudaStream stream = new(device);
        device.MakeCurrent();
        nint pointer;
        stream.Check(device.Driver.Functions.StreamCreate(&pointer, NonBlocking), "cuStreamCreate");
        stream.SetHandle(pointer);
        return stream;
    }

    private protected override bool Destroy() => Device.Driver.Functions.StreamDestroy(handle) == 0;
}
