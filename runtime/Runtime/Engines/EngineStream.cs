using GraphPartition.CompiledModels;
using GraphPartition.Cuda;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Engines;

/// <summary>A device for engines alone: ONNX Runtime computes on the host, what crosses is copied.</summary>
internal sealed class EngineStream : CudaBackedStream
{
    private EngineStream(CudaStream stream, bool canRecord) : base(stream, "engine boundaries", canRecord) { }

    /// <summary>Opens a stream.</summary>
    /// <param name="device">The device.</param>
    /// <param name="canRecord">Whether engines of known shapes, and the copies around them, are recorded as CUDA graphs.</param>
    public static EngineStream Open(CudaDevice device, bool canRecord) => new(CudaStream.Create(device), canRecord);

    public override void Configure(SessionOptions options, Graph graph) { }

    public override InferenceSession? TryCreateSession(GraphSegment segment, Func<Action<SessionOptions, Graph>, InferenceSession> create) => null;

    public override StepPlacement PlacementOf(InferenceSession session, Graph graph) =>
        StepPlacement.All(MemoryPlace.Host, graph.Inputs.Length, graph.Outputs.Length);
}
