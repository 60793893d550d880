using System.Collections.Concurrent;
using GraphPartition.Cuda;

namespace GraphPartition.ExecutionProvider.Devices;

/// <summary>
/// A GPU of NVIDIA, and its memory as ONNX Runtime names it. ONNX Runtime's CUDA provider names it in the same way, so a tensor of one of
/// its nodes is a tensor of ours. The driver starts with the first use: registering the library must not wait for it.
/// </summary>
internal sealed unsafe class Gpu
{
    /// <summary>The maker's number (PCI).</summary>
    public const uint Vendor = 0x10DE;

    // OrtMemoryInfoDeviceType, OrtDeviceMemoryType, OrtAllocatorType
    private const int DeviceType = 1, DefaultMemory = 0, DeviceAllocator = 0;

    // ONNX Runtime keeps the OrtMemoryInfo longer than a factory or a session, so it lives as long as the process.
    private static readonly ConcurrentDictionary<int, Gpu> Known = new();

    private readonly Lazy<CudaStream> _copies;

    private Gpu(OrtHost ort, int ordinal)
    {
        Ordinal = ordinal;
        _copies = new(() => CudaStream.Create(Find(ordinal)));
        using var name = new Utf8Text("Cuda");
        nint memory;
        ort.Check(((delegate* unmanaged[Cdecl]<nint, int, uint, int, int, nuint, int, nint*, nint>)ort[ApiSlot.CreateMemoryInfo_V2])(
            name.Pointer, DeviceType, Vendor, ordinal, DefaultMemory, 0, DeviceAllocator, &memory), nameof(ApiSlot.CreateMemoryInfo_V2));
        Memory = memory;
        MemoryDevice = ort.Ask(EpApiSlot.MemoryInfo_GetMemoryDevice, memory);
    }

    /// <summary>Its number among the GPUs that the process sees.</summary>
    public int Ordinal { get; }

    /// <summary>Its memory (OrtMemoryInfo).</summary>
    public nint Memory { get; }

    /// <summary>Its memory (OrtMemoryDevice).</summary>
    public nint MemoryDevice { get; }

    /// <summary>The device of the driver.</summary>
    /// <exception cref="ModelException">There is no driver, or it has no such device.</exception>
    public CudaDevice Device => _copies.Value.Device;

    /// <summary>Whether a GPU that ONNX Runtime does not list is there: in a container it cannot always see the bus.</summary>
    public static bool IsHidden() => CudaDriver.Find().Driver is not null;

    /// <summary>The GPU with a number.</summary>
    public static Gpu Of(OrtHost ort, int ordinal) => Known.GetOrAdd(ordinal, n => new Gpu(ort, n));

    /// <summary>The GPU that an OrtMemoryDevice belongs to; null where it is none of ours, or memory of the host.</summary>
    public static Gpu? Of(OrtHost ort, nint memoryDevice) =>
        (int)ort.Ask(EpApiSlot.MemoryDevice_GetDeviceType, memoryDevice) == DeviceType
        && (uint)ort.Ask(EpApiSlot.MemoryDevice_GetVendorId, memoryDevice) == Vendor
            ? Known.GetValueOrDefault((int)ort.Ask(EpApiSlot.MemoryDevice_GetDeviceId, memoryDevice)) : null;

    /// <summary>A stream of ONNX Runtime; one of ours where it has none.</summary>
    /// <param name="pointer">The driver's handle (CUstream), or null.</param>
    public CudaStream Stream(nint pointer) => pointer == 0 ? _copies.Value : CudaStream.Borrow(Device, pointer);

    private static CudaDevice Find(int ordinal)
    {
        CudaSearch search = CudaDriver.Find();
        if (search.Driver is not { } driver) throw new ModelException([search.Problem!]);
        return ordinal < driver.Devices.Count ? driver.Devices[ordinal]
            : throw ProviderCodes.BadOption.Error("device", $"there is no GPU {ordinal}: the driver has {driver.Devices.Count}");
    }
}
