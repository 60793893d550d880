namespace GraphPartition.TensorRt.Cuda;

/// <summary>Recorded work, ready to be done again with one call; see <see cref="CudaStream.Capture(Action)"/>.</summary>
public sealed unsafe class CudaGraph : CudaHandle
{
    private CudaGraph(CudaDevice device)
        : base(device)
    {
    }

    /// <summary>Does the work on a stream. One launch at a time.</summary>
    public void Launch(CudaStream stream)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.GraphLaunch(Pointer, stream.Pointer), "cuGraphLaunch");
    }

    internal static CudaGraph Instantiate(CudaDevice device, nint graph)
    {
        CudaGraph created = new(device);
        nint pointer;
        created.Check(device.Driver.Functions.GraphInstantiate(&pointer, graph, 0), "cuGraphInstantiateWithFlags");
        created.SetHandle(pointer);
        return created;
    }

    private protected override bool Destroy() => Device.Driver.Functions.GraphExecDestroy(handle) == 0;
}
