using System.Runtime.InteropServices;

namespace GraphPartition.Cuda;

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
