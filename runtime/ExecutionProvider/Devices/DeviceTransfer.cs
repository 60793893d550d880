using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.Cuda;

namespace GraphPartition.ExecutionProvider.Devices;

/// <summary>
/// Copies tensors between the host and the GPUs, and on a GPU, for ONNX Runtime (OrtDataTransferImpl). The driver finds out by the
/// addresses which kind of copy it is.
/// </summary>
internal static unsafe class DeviceTransfer
{
    private const int Last = (int)DataTransferSlot.CopyTensors;
    private const int Cpu = 0; // OrtMemoryInfoDeviceType

    /// <summary>Makes a table, which ONNX Runtime releases.</summary>
    public static nint Create(OrtHost ort)
    {
        nint* table = CallbackTable.Allocate(ort.Version, Last, ort);
        table[(int)DataTransferSlot.Release] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Release;
        table[(int)DataTransferSlot.CanCopy] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, byte>)&CanCopy;
        table[(int)DataTransferSlot.CopyTensors] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint*, nint*, nuint, nint>)&CopyTensors;
        return (nint)table;
    }

    private static OrtHost Of(nint table) => CallbackTable.Owner<OrtHost>(table, Last);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint self) => CallbackTable.Free(self, Last);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte CanCopy(nint self, nint from, nint to)
    {
        OrtHost ort = Of(self);
        Gpu? source = Gpu.Of(ort, from), target = Gpu.Of(ort, to);
        bool can = source is not null && target is not null ? source == target
            : source is not null ? IsHost(ort, to) : target is not null && IsHost(ort, from);
        return can ? (byte)1 : (byte)0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CopyTensors(nint self, nint* from, nint* to, nint* streams, nuint count)
    {
        OrtHost ort = Of(self);
        return Boundary.Guard(ort, () =>
        {
            for (nuint i = 0; i < count; i++)
            {
                long bytes = ort.Get(ApiSlot.GetTensorSizeInBytes, from[i]);
                if (bytes == 0) continue;
                nint handle = streams is null || streams[i] == 0 ? 0 : ort.Ask(ApiSlot.SyncStream_GetHandle, streams[i]);
                Gpu gpu = GpuOf(ort, from[i]) ?? GpuOf(ort, to[i])
                    ?? throw new InternalCompilerException("execution provider", "a copy has no GPU at either end");
                CudaStream stream = gpu.Stream(handle);
                stream.Copy(ort.Get(ApiSlot.GetTensorMutableData, from[i]), ort.Get(ApiSlot.GetTensorMutableData, to[i]), bytes);
                if (handle == 0) stream.Synchronize();
            }
        });
    }

    private static Gpu? GpuOf(OrtHost ort, nint value) => Gpu.Of(ort, ort.Ask(EpApiSlot.Value_GetMemoryDevice, value));

    private static bool IsHost(OrtHost ort, nint device) => (int)ort.Ask(EpApiSlot.MemoryDevice_GetDeviceType, device) == Cpu;
}
