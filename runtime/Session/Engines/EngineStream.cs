using GraphPartition.Emit;
using GraphPartition.Runtime.Devices;
using GraphPartition.TensorRt.Cuda;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Engines;

/// <summary>A device for engines alone: ONNX Runtime computes on the host, what crosses is copied.</summary>
internal sealed class EngineStream : DeviceStream
{
    private const int OutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY

    private readonly CudaStream _stream;

    private EngineStream(CudaStream stream)
    {
        _stream = stream;
        MemoryInfo = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, stream.Device.Ordinal, OrtMemType.Default);
    }

    public override string Name => _stream.Device.Name;

    public override OrtMemoryInfo MemoryInfo { get; }

    public override bool CanRecord => false;

    public override nint Handle => _stream.Pointer;

    public static EngineStream Open(CudaDevice device) => new(device.CreateStream());

    public override MemoryBlock AllocateOnDevice(long bytes) => Allocate(bytes, () => _stream.Device.Allocate(bytes));

    public override MemoryBlock AllocateOnHost(long bytes) => Allocate(bytes, () => _stream.Device.AllocateHost(bytes));

    public override void Copy(nint from, nint to, long bytes) => _stream.Copy(from, to, bytes);

    public override void Synchronize() => _stream.Synchronize();

    public override IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        reason = "fallback steps run on the host";
        return null;
    }

    public override void Configure(SessionOptions options) { }

    public override InferenceSession? TryCreateSession(GraphSegment segment, Func<Action<SessionOptions>, InferenceSession> create) => null;

    public override StepPlacement PlacementOf(InferenceSession session, GraphSegment segment) =>
        StepPlacement.All(MemoryPlace.Host, segment.Inputs.Length, segment.Outputs.Length);

    public override void Dispose()
    {
        MemoryInfo.Dispose();
        _stream.Dispose();
    }

    private static MemoryBlock Allocate(long bytes, Func<CudaMemory> allocate)
    {
        try
        {
            CudaMemory memory = allocate();
            return new(memory.Pointer, bytes, memory);
        }
        catch (CudaException e) when (e.Status == OutOfMemory)
        {
            throw new OutOfDeviceMemoryException("engine boundaries", e.Message, e);
        }
    }
}
