using GraphPartition.Cuda;
using GraphPartition.Foundation;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Devices;

/// <summary>A device stream that is a CUDA stream, with memory from the driver.</summary>
/// <param name="stream">The stream, owned from here on.</param>
/// <param name="purpose">What memory is wanted for: part of the message where there is none.</param>
/// <param name="canRecord">Whether work is recorded as CUDA graphs.</param>
internal abstract class CudaBackedStream(CudaStream stream, string purpose, bool canRecord) : DeviceStream
{
    private const int OutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY

    public override string Name => Stream.Device.Name;

    public override OrtMemoryInfo MemoryInfo { get; } =
        new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, stream.Device.Ordinal, OrtMemType.Default);

    public override nint Handle => Stream.Pointer;

    public override bool CanRecord => canRecord;

    protected CudaStream Stream { get; } = stream;

    public override MemoryBlock AllocateOnDevice(long bytes) => Allocate(bytes, size => CudaMemory.Allocate(Stream.Device, size));

    public override MemoryBlock AllocateOnHost(long bytes) => Allocate(bytes, size => CudaMemory.AllocateHost(Stream.Device, size));

    public override void Copy(nint from, nint to, long bytes) => Stream.Copy(from, to, bytes);

    public override void Synchronize() => Stream.Synchronize();

    public override IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        try
        {
            if (Stream.Capture(enqueue, stays, out reason) is { } graph) return new Recording(graph, Stream);
        }
        catch (EnvironmentException e)
        {
            // ONNX Runtime waited for the device or allocated: a stream that is being captured refuses both.
            reason = e.Message;
        }
        return null;
    }

    public override void Dispose()
    {
        MemoryInfo.Dispose();
        Stream.Dispose();
    }

    private MemoryBlock Allocate(long bytes, Func<long, CudaMemory> allocate)
    {
        try
        {
            CudaMemory memory = allocate(bytes);
            return new(memory.Pointer, bytes, memory);
        }
        catch (CudaException e) when (e.Status == OutOfMemory)
        {
            throw new OutOfDeviceMemoryException(purpose, e.Message, e);
        }
    }

    private sealed class Recording(CudaGraph graph, CudaStream stream) : IRecording
    {
        public void Replay() => graph.Launch(stream);

        public void Dispose() => graph.Dispose();
    }
}
