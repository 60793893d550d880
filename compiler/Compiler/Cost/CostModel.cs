using GraphPartition.CompiledModels;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Compiler.Cost;

/// <summary>
/// Estimates times from a device's few parameters: a kernel takes a launch and then the longer of its arithmetic and its memory
/// traffic. Good enough to decide which groups are worth an engine; not a prediction of latency.
/// </summary>
/// <param name="device">The parameters.</param>
public sealed class CostModel(DeviceProfile device)
{
    /// <summary>The parameters.</summary>
    public DeviceProfile Device { get; } = device;

    /// <summary>Microseconds of a node in the fallback runtime.</summary>
    public double FallbackMicroseconds(NodeWork work) => Kernel(Device.Fallback, work);

    /// <summary>
    /// Microseconds of a node inside an engine. A pointwise node is computed together with the kernel before it, so where there is
    /// one it costs arithmetic only: neither a launch nor memory traffic.
    /// </summary>
    /// <param name="work">The work of the node.</param>
    /// <param name="isFused">Whether an input of the node comes from a node of the same engine.</param>
    public double EngineMicroseconds(NodeWork work, bool isFused) =>
        isFused && work.Kind == WorkKind.Pointwise ? 1e6 * work.Flops / Device.Engine.FlopsPerSecond : Kernel(Device.Engine, work);

    /// <summary>Microseconds of one tensor that enters or leaves an engine.</summary>
    public double BoundaryMicroseconds(double bytes) => Device.TensorMicroseconds + (1e6 * bytes / Device.CopyBytesPerSecond);

    /// <summary>The cost of a segment in the fallback runtime and as an engine.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="segmentOf">For each node its segment.</param>
    /// <param name="segment">The segment.</param>
    public GroupEstimate Estimate(Graph graph, ReadOnlySpan<int> segmentOf, GraphSegment segment)
    {
        double flops = 0, bytes = 0, weights = 0, fallback = 0, engine = Device.CallMicroseconds, boundary = 0;
        foreach (int n in segment.Nodes)
        {
            NodeWork work = NodeWork.Of(graph.Nodes[n]);
            flops += work.Flops;
            bytes += work.Bytes;
            fallback += FallbackMicroseconds(work);
            engine += EngineMicroseconds(work, work.Kind == WorkKind.Pointwise && HasInputFrom(graph, segmentOf, n));
        }
        foreach (Value v in segment.Weights) weights += NodeWork.BytesOf(v.Type);
        foreach (Value v in segment.Inputs) boundary += BoundaryMicroseconds(NodeWork.BytesOf(v.Type));
        foreach (Value v in segment.Outputs) boundary += BoundaryMicroseconds(NodeWork.BytesOf(v.Type));
        return new(flops, bytes, weights, fallback, engine, boundary);
    }

    private static bool HasInputFrom(Graph graph, ReadOnlySpan<int> segmentOf, int n)
    {
        foreach (Value? v in graph.Nodes[n].Inputs)
            if (v is not null && graph.Uses.ProducerOf(v) is >= 0 and int p && segmentOf[p] == segmentOf[n]) return true;
        return false;
    }

    private static double Kernel(ExecutorSpeed speed, NodeWork work) => work.Kind == WorkKind.View ? 0
        : speed.LaunchMicroseconds + (1e6 * Math.Max(work.Flops / speed.FlopsPerSecond, work.Bytes / speed.BytesPerSecond));
}

/// <summary>The estimated cost of a group of nodes.</summary>
/// <param name="Flops">Arithmetic operations.</param>
/// <param name="Bytes">Bytes through memory, where every node runs alone.</param>
/// <param name="WeightBytes">Bytes of weights.</param>
/// <param name="FallbackMicroseconds">Time in the fallback runtime.</param>
/// <param name="EngineMicroseconds">Time as an engine, its call included.</param>
/// <param name="BoundaryMicroseconds">Time of the tensors that enter and leave.</param>
public sealed record GroupEstimate(
    double Flops, double Bytes, double WeightBytes, double FallbackMicroseconds, double EngineMicroseconds, double BoundaryMicroseconds)
{
    /// <summary>Microseconds that an engine saves in each run; negative where it is slower.</summary>
    public double GainMicroseconds => FallbackMicroseconds - EngineMicroseconds - BoundaryMicroseconds;
}
