using System.Runtime.InteropServices;

namespace GraphPartition.Cuda;

/// <summary>CUDA_HOST_NODE_PARAMS (cuda.h): a call back to the host as a node of a graph.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct CudaHostCall
{
    /// <summary>The function.</summary>
    public readonly delegate* unmanaged<nint, void> Function;

    /// <summary>Its argument.</summary>
    public readonly nint Argument;
}
