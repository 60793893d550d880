using GraphPartition.Cuda;

namespace GraphPartition.Runtime.Devices;

/// <summary>A CUDA stream with memory from the driver. ONNX Runtime's CUDA provider, TensorRT engines and copies share it.</summary>
/// <param name="stream">The stream; owned.</param>
/// <param name="canRecord">Whether work is recorded as CUDA graphs.</param>
internal sealed class CudaDeviceStream(CudaStream stream, bool canRecord) : DeviceStream
{
    private const int OutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY

    public override string Name => stream.Device.Name;
    public override OrtMemoryInfo MemoryInfo { get; } =
        new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, stream.Device.Ordinal, OrtMemType.Default);

    public override nint Handle => stream.Pointer;
    public override bool CanRecord => canRecord;

    /// <summary>Opens a stream on a device by its number.</summary>
    /// <exception cref="EnvironmentException">There is no such device, or no driver (GP5007).</exception>
    public static CudaDeviceStream Open(int device, bool canRecord)
    {
        CudaSearch search = CudaDriver.Find();
        if (search.Driver is not { } driver) throw new EnvironmentException(RuntimeCodes.NoDevice, "CUDA", search.Problem!.Message);
        if (device < 0 || device >= driver.Devices.Count)
            throw new EnvironmentException(RuntimeCodes.NoDevice, $"CUDA device {device}",
                $"the driver sees {driver.Devices.Count} devices, from 0");
        return new(CudaStream.Create(driver.Devices[device]), canRecord);
    }

    public override MemoryBlock AllocateOnDevice(long bytes) => Allocate(bytes, b => CudaMemory.Allocate(stream.Device, b));

    public override MemoryBlock AllocateOnHost(long bytes) => Allocate(bytes, b => CudaMemory.AllocateHost(stream.Device, b));

    public override void Copy(nint from, nint to, long bytes) => stream.Copy(from, to, bytes);

    public override void Synchronize() => stream.Synchronize();

    public override IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        try
        {
            if (stream.Capture(enqueue, stays, out reason) is { } graph) return new Recording(graph, stream);
        }
        catch (EnvironmentException e)
        {
            // ONNX Runtime waited for the device or allocated memory: a stream that is being captured refuses both.
            reason = e.Message;
        }
        return null;
    }

    public override void Dispose()
    {
        MemoryInfo.Dispose();
        stream.Dispose();
    }

    private static MemoryBlock Allocate(long bytes, Func<long, CudaMemory> allocate)
    {
        try
        {
            CudaMemory memory = allocate(bytes);
            return new(memory.Pointer, bytes, memory);
        }
        catch (CudaException e) when (e.Status == OutOfMemory)
        {
            throw new OutOfDeviceMemoryException("boundary tensors", e.Message, e);
        }
    }

    private sealed class Recording(CudaGraph graph, CudaStream stream) : IRecording
    {
        public void Replay() => graph.Launch(stream);

        public void Dispose() => graph.Dispose();
    }
}
