
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

    /// <summary>Its memory, free or not.</summary>
    public long MemoryBytes { get; }

    internal CudaDriver Driver { get; }

    /// <summary>Makes the device the one that calls of this thread mean; also those of TensorRT.</summary>
    public void MakeCurrent() => Driver.Check(Driver.Functions.CtxSetCurrent(_context.Value), "cuCtxSetCurrent");

    /// <summary>Memory that is free now.</summary>
    public long FreeMemoryBytes()
    {
        MakeCurrent();
        nuint free, total;
        Driver.Check(Driver.Functions.MemGetInfo(&free, &total), "cuMemGetInfo");
        return (long)free;
    }

    /// <summary>Device memory of at least one byte. Not cleared.</summary>
    public CudaMemory Allocate(long bytes) => CudaMemory.Allocate(this, bytes, onHost: false);

    /// <summary>Host memory that the device reads and writes directly, so that copies overlap with other work.</summary>
    public CudaMemory AllocateHost(long bytes) => CudaMemory.Allocate(this, bytes, onHost: true);

    /// <summary>A stream of its own order of work; it does not wait for the default stream.</summary>
    public CudaStream CreateStream() => CudaStream.Create(this);

    /// <summary>An event.</summary>
    /// <param name="timed">Whether <see cref="CudaEvent.MillisecondsSince"/> can be asked; untimed ones cost less.</param>
    public CudaEvent CreateEvent(bool timed = false) => CudaEvent.Create(this, timed);

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
