namespace GraphPartition.Cuda;

/// <summary>A device. Its primary context is retained when first used and kept: TensorRT and ONNX Runtime share it.</summary>
public sealed unsafe class CudaDevice
{
    private const int ComputeCapabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    private const int ComputeCapabilityMinor = 76;

    private readonly int _device;
    private readonly Lazy<nint> _context;

    internal CudaDevice(CudaDriver driver, int ordinal)
    {
        Driver = driver;
        Ordinal = ordinal;
        CudaFunctions cuda = driver.Functions;
        int device;
        driver.Check(cuda.DeviceGet(&device, ordinal), "cuDeviceGet");
        _device = device;
        byte* name = stackalloc byte[256];
        driver.Check(cuda.DeviceGetName(name, 256, device), "cuDeviceGetName");
        Name = Utf8.Read(name);
        ComputeCapability = new ComputeCapability(Attribute(ComputeCapabilityMajor), Attribute(ComputeCapabilityMinor));
        nuint memory;
        driver.Check(cuda.DeviceTotalMem(&memory, device), "cuDeviceTotalMem");
        MemoryBytes = (long)memory;
        _context = new Lazy<nint>(Retain);
    }

    /// <summary>Its number among the devices that the process sees.</summary>
    public int Ordinal { get; }

    /// <summary>For instance "NVIDIA H200".</summary>
    public string Name { get; }

    /// <summary>Its architecture.</summary>
    public ComputeCapability ComputeCapability { get; }

    /// <summary>What tells it from every other device, whichever of them a process sees: 32 hexadecimal digits.</summary>
    public string Uuid
    {
        get
        {
            const int Bytes = 16; // CUuuid (cuda.h)
            byte* uuid = stackalloc byte[Bytes];
            Driver.Check(Driver.Functions.DeviceGetUuid(uuid, _device), "cuDeviceGetUuid");
            return Convert.ToHexStringLower(new ReadOnlySpan<byte>(uuid, Bytes));
        }
    }

    /// <summary>Its memory, free or not.</summary>
    public long MemoryBytes { get; }

    internal CudaDriver Driver { get; }

    /// <summary>The library of the driver that the device belongs to.</summary>
    public string DriverPath => Driver.Path;

    /// <summary>Makes the device current for the calls of this thread, those of TensorRT included.</summary>
    public void MakeCurrent() => Driver.Check(Driver.Functions.CtxSetCurrent(_context.Value), "cuCtxSetCurrent");

    /// <summary>Memory that is free now.</summary>
    public long FreeMemoryBytes()
    {
        MakeCurrent();
        nuint free, total;
        Driver.Check(Driver.Functions.MemGetInfo(&free, &total), "cuMemGetInfo");
        return (long)free;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}, compute capability {ComputeCapability}, {MemoryBytes >> 20} MiB";

    private int Attribute(int attribute)
    {
        int value;
        Driver.Check(Driver.Functions.DeviceGetAttribute(&value, attribute, _device), "cuDeviceGetAttribute");
        return value;
    }

    private nint Retain()
    {
        nint context;
        Driver.Check(Driver.Functions.PrimaryCtxRetain(&context, _device), "cuDevicePrimaryCtxRetain");
        return context;
    }
}

/// <summary>What a device can do, for instance 9.0 for Hopper. Engines belong to one unless built as hardware compatible.</summary>
/// <param name="Major">The architecture.</param>
/// <param name="Minor">Its variant.</param>
public readonly record struct ComputeCapability(int Major, int Minor)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}";
}
