using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime.Devices;
using GraphPartition.TensorRt.Cuda;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Engines;

/// <summary>A device for engines alone: ONNX Runtime computes on the host, what crosses is copied.</summary>
internal sealed class EngineStream : CudaBackedStream
{
    private EngineStream(CudaStream stream) : base(stream, "engine boundaries") { }

    public override bool CanRecord => false;

    public static EngineStream Open(CudaDevice device) => new(device.CreateStream());

    public override IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        reason = "fallback steps run on the host";
        return null;
    }

    public override void Configure(SessionOptions options) { }

    public override InferenceSession? TryCreateSession(GraphSegment segment, Func<Action<SessionOptions>, InferenceSession> create) => null;

    public override StepPlacement PlacementOf(InferenceSession session, Graph graph) =>
        StepPlacement.All(MemoryPlace.Host, graph.Inputs.Length, graph.Outputs.Length);
}
