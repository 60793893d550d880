namespace GraphPartition.Cuda;

/// <summary>Recorded work that one call launches again; see <see cref="CudaStream.Capture(Action)"/>.</summary>
public sealed unsafe class CudaGraph : CudaHandle
{
    private readonly IReadOnlyList<CudaMemory> _tables;

    private CudaGraph(CudaDevice device, IReadOnlyList<CudaMemory> tables) : base(device) => _tables = tables;

    /// <summary>Enqueues the work on a stream. One launch at a time.</summary>
    public void Launch(CudaStream stream)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.GraphLaunch(Pointer, stream.Pointer), "cuGraphLaunch");
    }

    internal static CudaGraph Instantiate(CudaDevice device, nint graph, IReadOnlyList<CudaMemory> tables)
    {
        CudaGraph created = new(device, tables);
        nint pointer;
        created.Check(device.Driver.Functions.GraphInstantiate(&pointer, graph, 0), "cuGraphInstantiateWithFlags");
        created.SetHandle(pointer);
        return created;
    }

    private protected override bool Destroy()
    {
        bool destroyed = Device.Driver.Functions.GraphExecDestroy(handle) == 0;
        foreach (CudaMemory table in _tables) table.Dispose();
        return destroyed;
    }
}
