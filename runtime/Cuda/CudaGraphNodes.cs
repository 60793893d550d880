namespace GraphPartition.Cuda;

/// <summary>
/// Prepares recorded work for repeated launches, or tells why it cannot be repeated. Kernels on device memory can. ONNX Runtime's
/// kernels also copy small tables from pinned host memory that it frees later, by a host call at the end of a run or at another time:
/// the graph gets copies of those tables, and the host calls are removed from the graph and made at once. A copy to host memory, or from
/// pageable memory, cannot be repeated unless that memory outlives the graph.
/// </summary>
internal sealed unsafe class CudaGraphNodes
{
    private const int MemcpyNode = 1; // CUgraphNodeType
    private const int HostNode = 3;
    private const int OnHost = 1; // CUmemorytype
    private const int OnDevice = 2;
    private const int Unified = 4;
    private const int MemoryType = 2; // CU_POINTER_ATTRIBUTE_MEMORY_TYPE

    private readonly CudaDevice _device;
    private readonly CudaDriver _driver;
    private readonly nint _graph;
    private readonly Func<nint, bool> _stays;
    private readonly List<CudaMemory> _tables = [];

    private CudaGraphNodes(CudaDevice device, nint graph, Func<nint, bool> stays) =>
        (_device, _driver, _graph, _stays) = (device, device.Driver, graph, stays);

    private CudaFunctions Cuda => _driver.Functions;

    /// <summary>Prepares a graph that is not instantiated yet.</summary>
    /// <param name="device">The device that it is for.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="stays">Whether the host memory at an address outlives the graph.</param>
    /// <param name="tables">Memory that the graph copies from; it must live as long as the graph.</param>
    /// <returns>Why the work cannot be repeated; null where it can.</returns>
    public static string? Prepare(CudaDevice device, nint graph, Func<nint, bool> stays, out IReadOnlyList<CudaMemory> tables)
    {
        var nodes = new CudaGraphNodes(device, graph, stays);
        tables = nodes._tables;
        string? reason = null;
        foreach (nint node in nodes.All())
        {
            if (nodes.TypeOf(node) == MemcpyNode) reason ??= nodes.KeepSource(node);
        }
        foreach (nint node in nodes.All())
        {
            if (nodes.TypeOf(node) == HostNode) nodes.TakeOut(node);
        }
        return reason;
    }

    private nint[] All()
    {
        nuint count;
        _driver.Check(Cuda.GraphGetNodes(_graph, null, &count), "cuGraphGetNodes");
        var nodes = new nint[(int)count];
        fixed (nint* first = nodes)
        {
            if (count > 0) _driver.Check(Cuda.GraphGetNodes(_graph, first, &count), "cuGraphGetNodes");
        }
        return nodes;
    }

    private int TypeOf(nint node)
    {
        int type;
        _driver.Check(Cuda.GraphNodeGetType(node, &type), "cuGraphNodeGetType");
        return type;
    }

    /// <summary>Makes a host call and removes its node; its successors then depend on its predecessors.</summary>
    private void TakeOut(nint node)
    {
        CudaHostCall call;
        _driver.Check(Cuda.GraphHostNodeGetParams(node, &call), "cuGraphHostNodeGetParams");
        nint[] before = Neighbors(node, Cuda.GraphNodeGetDependencies), after = Neighbors(node, Cuda.GraphNodeGetDependentNodes);
        _driver.Check(Cuda.GraphDestroyNode(node), "cuGraphDestroyNode");
        foreach (nint earlier in before)
        {
            foreach (nint later in after)
            {
                nint from = earlier, to = later;
                _driver.Check(Cuda.GraphAddDependencies(_graph, &from, &to, 1), "cuGraphAddDependencies");
            }
        }
        call.Function(call.Argument);
    }

    private nint[] Neighbors(nint node, delegate* unmanaged<nint, nint*, nuint*, int> list)
    {
        nuint count;
        _driver.Check(list(node, null, &count), "neighbors of a graph node");
        var nodes = new nint[(int)count];
        fixed (nint* first = nodes)
        {
            if (count > 0) _driver.Check(list(node, first, &count), "neighbors of a graph node");
        }
        return nodes;
    }

    /// <summary>Makes a copy from foreign pinned memory read a table that the graph owns.</summary>
    /// <returns>Why the copy cannot be repeated; null if it can.</returns>
    private string? KeepSource(nint node)
    {
        CudaCopyParameters copy;
        _driver.Check(Cuda.GraphMemcpyNodeGetParams(node, &copy), "cuGraphMemcpyNodeGetParams");
        if (HostAddress(copy.ToType, copy.ToHost, copy.ToDevice) is { } to && !_stays(to))
            return "it copies to host memory that does not stay";
        if (HostAddress(copy.FromType, copy.FromHost, copy.FromDevice) is not { } from || _stays(from)) return null;
        if (TypeAt(from) != OnHost || copy.Rows > 1 || copy.Planes > 1)
            return "it copies from host memory that does not stay";
        CudaMemory table = CudaMemory.AllocateHost(_device, (long)copy.RowBytes);
        _tables.Add(table);
        new ReadOnlySpan<byte>((void*)from, checked((int)copy.RowBytes)).CopyTo(table.Host);
        (copy.FromType, copy.FromHost, copy.FromDevice) = (OnHost, table.Pointer, 0);
        _driver.Check(Cuda.GraphMemcpyNodeSetParams(node, &copy), "cuGraphMemcpyNodeSetParams");
        return null;
    }

    private nint? HostAddress(int type, nint host, nint device) => type switch
    {
        OnHost => host,
        Unified => TypeAt(device) == OnDevice ? null : device,
        _ => null,
    };

    /// <summary>The CUmemorytype of an address; null where CUDA does not know it.</summary>
    private int? TypeAt(nint address)
    {
        int type;
        return Cuda.PointerGetAttribute(&type, MemoryType, address) == 0 ? type : null;
    }
}

/// <summary>CUDA_HOST_NODE_PARAMS (cuda.h): a call back to the host as a node of a graph.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct CudaHostCall
{
    /// <summary>The function.</summary>
    public readonly delegate* unmanaged<nint, void> Function;

    /// <summary>Its argument.</summary>
    public readonly nint Argument;
}

/// <summary>CUDA_MEMCPY3D (cuda.h): a copy as a node of a graph. 200 bytes; only what is read has a name.</summary>
[StructLayout(LayoutKind.Explicit, Size = 200)]
internal struct CudaCopyParameters
{
    /// <summary>CUmemorytype of the source.</summary>
    [FieldOffset(32)]
    public int FromType;

    /// <summary>The source where it is on the host.</summary>
    [FieldOffset(40)]
    public nint FromHost;

    /// <summary>The source elsewhere.</summary>
    [FieldOffset(48)]
    public nint FromDevice;

    /// <summary>CUmemorytype of the target.</summary>
    [FieldOffset(120)]
    public int ToType;

    /// <summary>The target where it is on the host.</summary>
    [FieldOffset(128)]
    public nint ToHost;

    /// <summary>The target elsewhere.</summary>
    [FieldOffset(136)]
    public nint ToDevice;

    /// <summary>Bytes of one row.</summary>
    [FieldOffset(176)]
    public nuint RowBytes;

    /// <summary>Rows of one plane.</summary>
    [FieldOffset(184)]
    public nuint Rows;

    /// <summary>Planes.</summary>
    [FieldOffset(192)]
    public nuint Planes;
}
