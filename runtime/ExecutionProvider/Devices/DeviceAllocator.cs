using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.Cuda;

namespace GraphPartition.ExecutionProvider.Devices;

/// <summary>
/// Allocates memory of a GPU for ONNX Runtime (OrtAllocator), out of a pool. Null stands for no memory, as ONNX Runtime defines it.
/// </summary>
internal static unsafe class DeviceAllocator
{
    private const int Last = (int)AllocatorSlot.Shrink;

    /// <summary>Makes an allocator; <see cref="Release"/> frees it with its memory.</summary>
    public static nint Create(OrtHost ort, Gpu gpu)
    {
        nint* table = CallbackTable.Allocate(ort.Version, Last, new State(ort, gpu, new(bytes => CudaMemory.Allocate(gpu.Device, bytes))));
        table[(int)AllocatorSlot.Alloc] = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint>)&Alloc;
        table[(int)AllocatorSlot.Free] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&Free;
        table[(int)AllocatorSlot.Info] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&Info;
        table[(int)AllocatorSlot.Reserve] = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint>)&Alloc;
        table[(int)AllocatorSlot.AllocOnStream] = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nint>)&AllocOnStream;
        table[(int)AllocatorSlot.Shrink] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&Shrink;
        return (nint)table;
    }

    /// <summary>Frees an allocator; nothing happens for null.</summary>
    public static void Release(nint table)
    {
        if (table == 0) return;
        Of(table).Pool.Dispose();
        CallbackTable.Free(table, Last);
    }

    private static State Of(nint table) => CallbackTable.Owner<State>(table, Last);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Alloc(nint self, nuint bytes) => Rent(self, bytes, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint AllocOnStream(nint self, nuint bytes, nint stream) => Rent(self, bytes, stream);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint self, nint address) => Of(self).Pool.Return(address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Info(nint self) => Of(self).Gpu.Memory;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Shrink(nint self)
    {
        State state = Of(self);
        return Boundary.Guard(state.Ort, state.Pool.Trim);
    }

    private static nint Rent(nint self, nuint bytes, nint stream)
    {
        if (bytes == 0) return 0;
        try
        {
            return Of(self).Pool.Rent(checked((long)bytes), stream);
        }
        catch (Exception e) when (e is CudaException or ModelException or OverflowException)
        {
            return 0;
        }
    }

    private sealed record State(OrtHost Ort, Gpu Gpu, DevicePool Pool);
}
