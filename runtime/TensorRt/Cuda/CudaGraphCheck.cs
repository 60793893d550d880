namespace GraphPartition.TensorRt.Cuda;

/// <summary>
/// Whether recorded work may be done again. Kernels on device memory may. A call back to the host may not: it frees or reads
/// what was there when it was recorded (ONNX Runtime gives staging buffers back that way). Nor may a copy from or to host memory
/// whose owner does not promise to keep it.
/// </summary>
internal static unsafe class CudaGraphCheck
{
    private const int MemcpyNode = 1; // CUgraphNodeType
    private const int HostNode = 3;
    private const int OnHost = 1; // CUmemorytype
    private const int OnDevice = 2;
    private const int Unified = 4;
    private const int MemoryType = 2; // CU_POINTER_ATTRIBUTE_MEMORY_TYPE

    /// <summary>The reason, or null where nothing speaks against it.</summary>
    public static string? WhyNotRepeatable(CudaDriver driver, nint graph, Func<nint, bool> stays)
    {
        CudaFunctions cuda = driver.Functions;
        nuint count;
        driver.Check(cuda.GraphGetNodes(graph, null, &count), "cuGraphGetNodes");
        var nodes = new nint[(int)count];
        fixed (nint* first = nodes)
        {
            driver.Check(cuda.GraphGetNodes(graph, first, &count), "cuGraphGetNodes");
        }

        foreach (nint node in nodes)
        {
            int type;
            driver.Check(cuda.GraphNodeGetType(node, &type), "cuGraphNodeGetType");
            if (type == HostNode)
            {
                return "it calls back to the host";
            }

            if (type != MemcpyNode)
            {
                continue;
            }

            CudaCopyParameters copy;
            driver.Check(cuda.GraphMemcpyNodeGetParams(node, &copy), "cuGraphMemcpyNodeGetParams");
            if (Leaves(cuda, copy.FromType, copy.FromHost, copy.FromDevice, stays) || Leaves(cuda, copy.ToType, copy.ToHost, copy.ToDevice, stays))
            {
                return "it copies host memory that does not stay";
            }
        }

        return null;
    }

    private static bool Leaves(CudaFunctions cuda, int type, nint host, nint device, Func<nint, bool> stays)
    {
        if (type == OnHost)
        {
            return !stays(host);
        }

        if (type != Unified)
        {
            return false;
        }

        int actual;
        return (cuda.PointerGetAttribute(&actual, MemoryType, device) != 0 || actual != OnDevice) && !stays(device);
    }
}
