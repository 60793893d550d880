using GraphPartition.Compiler.Cost;
using GraphPartition.Operators.Analysis;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Costs;

/// <summary>
/// Estimated microseconds of a layer inside an engine. Tensor cores do twice the operations of TF32 in 16 bits and four times in 8 bits
/// (NVIDIA A100 and H100 data sheets), in tiles whose channels are rounded up. What a device really does is not known here.
/// </summary>
/// <param name="Full">In FP32.</param>
/// <param name="Half">In FP16.</param>
/// <param name="Quantized">Quantized, with the kernels that its pairs need beside it.</param>
public sealed record LayerCost(double Full, double Half, double Quantized)
{
    private const double HalfRate = 2, QuantizedRate = 4;
    private const int HalfTile = 8, QuantizedTile = 16;

    /// <summary>The microseconds that quantization saves against FP16; negative where FP16 is faster.</summary>
    public double Gain => Half - Quantized;

    /// <summary>Estimates a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="sizes">The sizes of its tensors.</param>
    /// <param name="device">The device.</param>
    /// <param name="hasActivations">Whether its activations are quantized; with weights alone it computes in FP16.</param>
    internal static LayerCost Of(QuantizedLayer layer, Graph graph, SampleShapes sizes, DeviceProfile device, bool hasActivations)
    {
        NodeWork work = NodeWork.Of(sizes.Of(layer.Node));
        ExecutorSpeed speed = device.Engine;
        double Kernel(double rate, double padding, double read, double written) => speed.LaunchMicroseconds
            + 1e6 * Math.Max(work.Flops * padding / (rate * speed.FlopsPerSecond), (read + written) / speed.BytesPerSecond);
        double weights = work.WeightBytes, data = work.BytesRead - weights, result = work.BytesWritten;
        double half = Kernel(HalfRate, Padding(layer, HalfTile), work.BytesRead / 2, result / 2);
        if (!hasActivations) return new(Kernel(1, 1, work.BytesRead, result), half,
            Kernel(HalfRate, Padding(layer, HalfTile), data / 2 + weights / 8, result / 2));
        double written = IsQuantizedByUsers(layer.Node, graph) ? result / 4 : result / 2;
        double quantized = Kernel(QuantizedRate, Padding(layer, QuantizedTile), work.BytesRead / 4, written);
        foreach (Place place in layer.Places)
            if (NeedsKernel(place.Value, graph))
            {
                double bytes = NodeWork.BytesOf(sizes.Of(place.User).Inputs[place.Input]!.Type); // 4 a number; 2 are read and 1 is written
                quantized += speed.LaunchMicroseconds + 1e6 * bytes * 0.75 / speed.BytesPerSecond;
            }
        return new(Kernel(1, 1, work.BytesRead, result), half, quantized);
    }

    /// <summary>How much larger the product is with its channels rounded up to tiles.</summary>
    private static double Padding(QuantizedLayer layer, int tile)
    {
        if (layer.Weight is not { Data.Dims: var dims } || layer.Node.Attributes.Int("group", 1) != 1 || dims.Length < 2) return 1;
        double padding = 1;
        foreach (long channels in (ReadOnlySpan<long>)[dims[0], dims[1]])
            padding *= (double)((channels + tile - 1) / tile * tile) / channels;
        return padding;
    }

    /// <summary>
    /// Whether a QuantizeLinear is a kernel of its own. Behind layers, pointwise operators and normalizations it is a part of their kernel;
    /// at an input of the engine it takes the place of the kernel that changes the layout.
    /// </summary>
    private static bool NeedsKernel(Value value, Graph graph)
    {
        if (graph.Uses.ProducerOf(value) is not (>= 0 and var n)) return false;
        Node producer = graph.Nodes[n];
        if (ScaleGroups.KeepsScale(producer)) return producer.Inputs.Any(v => v is { IsConstant: false } && NeedsKernel(v, graph));
        return !LayerRules.IsLayer(producer) && NodeWork.Of(producer).Kind != WorkKind.Pointwise
            && producer.Op.Type is not ("AveragePool" or "GlobalAveragePool" or "Softmax" or "LayerNormalization" or "RMSNormalization"
                or "InstanceNormalization" or "GroupNormalization" or "BatchNormalization" or "Slice" or "Split");
    }

    private static bool IsQuantizedByUsers(Node node, Graph graph)
    {
        if (node.Output(0) is not { } result || graph.Uses.IsOutput(result) || graph.Uses.UsersOf(result).IsEmpty) return false;
        foreach (int user in graph.Uses.UsersOf(result))
            if (graph.Nodes[user] is var next && !LayerRules.IsLayer(next)
                && (NodeWork.Of(next).Kind != WorkKind.Pointwise || !IsQuantizedByUsers(next, graph))) return false;
        return true;
    }
}
