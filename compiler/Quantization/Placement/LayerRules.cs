using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Placement;

/// <summary>
/// Which convolutions and matrix products are quantized, by the rules of TensorRT ("Working with Quantized Types" in its developer guide) and
/// the sizes from which ModelOpt's ONNX quantizer expects a gain.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="options">What to quantize.</param>
internal sealed class LayerRules(Graph graph, QuantizationOptions options)
{
    private const int LeastChannels = 16, LeastSize = 16, LongestAttention = 512, LargestFp8Filter = 32, LargestFp8Head = 256;

    private const string OddHeads = "FP8 kernels for attention have heads of 9 to 256 numbers";

    private static readonly string TooLong = $"INT8 kernels for attention have at most {LongestAttention} positions";

    private bool IsInt4 => options.Format == QuantizationFormat.Int4Weights;

    private bool IsFp8 => options.Format == QuantizationFormat.Fp8;

    /// <summary>Whether a node is a convolution, a matrix product or attention.</summary>
    public static bool IsLayer(Node node) => node.Op.Domain.Length == 0 && node.Version == 0
        && node.Op.Type is "Conv" or "ConvTranspose" or "Gemm" or "MatMul" or "Attention";

    /// <summary>The weight of a layer, and the inputs that are activations.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="reason">Why it is not quantized.</param>
    /// <returns>Null where it is not quantized.</returns>
    public (WeightPlace? Weight, ImmutableArray<int> Activations)? Parts(Node node, out string reason)
    {
        reason = "";
        (Value? x, Value? w) = (node.Input(0), node.Input(1));
        if (x is null || w is null || x.ElementType != ElementType.Float32 || w.ElementType != ElementType.Float32)
            reason = "it does not compute in FP32";
        else if (IsDequantized(x) || IsDequantized(w)) reason = "it is quantized already";
        else if (node.Op.Is("Attention"))
        {
            reason = WhyNotWhole(node, x, w) ?? "";
            if (reason.Length == 0) return (null, [0, 1, 2]);
        }
        else if (node.Op.Is("MatMul")) return Product(node, x, w, out reason);
        else if (!w.IsConstant) reason = "its weights are computed";
        else if (x.IsConstant) reason = "both factors are constants";
        else if (node.Op.Is("Gemm"))
            return Layer(node, GemmWeight(node, w.Data!), out reason, Size(x, node.Attributes.Int("transA") != 0 ? 1 : 0));
        else if (IsInt4) reason = "INT4 is for matrix products";
        else
        {
            reason = options.SmallLayers ? "" : WhyNotConvolution(node, w.Data!) ?? "";
            if (reason.Length == 0) return (new(1, w.Data!, node.Op.Is("ConvTranspose") ? 1 : 0, -1), [0]);
        }
        return null;
    }

    private (WeightPlace? Weight, ImmutableArray<int> Activations)? Product(Node node, Value x, Value w, out string reason)
    {
        if (x.IsConstant && w.IsConstant) reason = "both factors are constants";
        else if (w.IsConstant && w.Data!.Dims.Length >= 2)
            return Layer(node, new(1, w.Data, w.Data.Dims.Length - 1, w.Data.Dims.Length - 2), out reason, Size(x, ^2));
        else if (x.IsConstant && x.Data!.Dims.Length >= 2)
            return Layer(node, new(0, x.Data, x.Data.Dims.Length - 2, x.Data.Dims.Length - 1), out reason, Size(w, ^1));
        else if (x.IsConstant || w.IsConstant) reason = "a factor is a vector";
        else if (IsInt4) reason = "it has no weight";
        else
        {
            reason = WhyNotAttention(node, x, w) ?? "";
            if (reason.Length == 0) return (null, [0, 1]);
        }
        return null;
    }

    private (WeightPlace? Weight, ImmutableArray<int> Activations)? Layer(Node node, WeightPlace weight, out string reason, long? rows)
    {
        long columns = weight.Data.Dims[weight.Axis], depth = weight.Data.Dims[weight.Sum];
        reason = options.SmallLayers ? "" : rows == 1 && !IsInt4 || columns == 1 ? "it is a product with a vector, which memory limits"
            : columns < LeastSize || depth < LeastSize ? $"its weight is {depth} x {columns}; below {LeastSize} nothing is gained" : "";
        if (reason.Length == 0 && IsInt4 && QuantizedWeight.BlockOf(weight, options) == 0)
            reason = $"its weight {weight.Data.Type} has no even last axis, or no blocks";
        if (reason.Length > 0) return null;
        int activation = 1 - weight.Input;
        return (weight, options.Format.HasActivations ? [activation] : []);
    }

    private static WeightPlace GemmWeight(Node node, TensorData data)
    {
        int axis = node.Attributes.Int("transB") != 0 ? 0 : 1;
        return new(1, data, axis, 1 - axis);
    }

    private string? WhyNotConvolution(Node node, TensorData weight)
    {
        long groups = node.Attributes.Int("group", 1);
        bool isTransposed = node.Op.Is("ConvTranspose");
        (long into, long outOf) = isTransposed ? (weight.Dims[0], weight.Dims[1] * groups) : (weight.Dims[1] * groups, weight.Dims[0]);
        ReadOnlySpan<long> kernel = weight.Dims.AsSpan()[2..];
        long volume = 1;
        foreach (long size in kernel) volume *= size;
        if (IsFp8 && volume > LargestFp8Filter) return $"FP8 kernels have filters of at most {LargestFp8Filter} elements";
        if (groups > 1)
            return outOf % 8 != 0 ? $"it has {groups} groups and {outOf} channels, which is no multiple of 8"
                : Math.Min(weight.Dims[1], outOf / groups) < LeastChannels && kernel.ToArray().Max() < 3
                    ? "its groups are small and its filter has one element" : null;
        if (Math.Min(into, outOf) >= LeastChannels) return null;
        bool isSquare = kernel.ToArray().Distinct().Count() == 1;
        bool isFirst = graph.Uses.ProducerOf(node.Inputs[0]!) < 0;
        return (into % 8 == 0 || outOf % 8 == 0) && (isFirst || Math.Max(into, outOf) >= LeastChannels) && isSquare && !IsFp8
            ? null : $"it has {into} and {outOf} channels; below {LeastChannels} nothing is gained";
    }

    /// <summary>The two products of attention: scores become a Softmax, and the second product takes it.</summary>
    private string? WhyNotAttention(Node node, Value x, Value w)
    {
        const string Other = "both factors are activations, and it is no part of attention";
        if (!LeadsToSoftmax(node.Output(0)!, 6) && !ComesFromSoftmax(x, 4)) return Other;
        (long? rows, long? depth, long? columns) = (Size(x, ^2), Size(x, ^1), Size(w, ^1));
        if (options.SmallLayers) return null;
        if (!IsFp8 && (rows > LongestAttention || Math.Max(columns ?? 0, depth ?? 0) > LongestAttention))
            return TooLong;
        return IsFp8 && Math.Min(depth ?? 16, columns ?? 16) is <= 8 or > LargestFp8Head
            ? OddHeads : null;
    }

    /// <summary>The operator Attention: both of its products are inside, so its first three inputs are quantized together.</summary>
    private string? WhyNotWhole(Node node, Value q, Value k)
    {
        if (IsInt4) return "it has no weight";
        if (node.Inputs[2]!.ElementType != ElementType.Float32) return "it does not compute in FP32";
        if (options.SmallLayers) return null;
        long? heads = q.Shape is { Rank: 4 } ? 1 : node.Attributes.Int("q_num_heads", 1), head = Size(q, ^1) / heads;
        if (!IsFp8 && (Size(q, ^2) > LongestAttention || Size(k, ^2) > LongestAttention)) return TooLong;
        return IsFp8 && head is <= 8 or > LargestFp8Head ? OddHeads : null;
    }

    private bool LeadsToSoftmax(Value value, int steps)
    {
        if (steps == 0 || graph.Uses.IsOutput(value) || graph.Uses.UsersOf(value) is not [var only]) return false;
        Node user = graph.Nodes[only];
        return user.Op.Is("Softmax")
            || (user.Op.Type is "Mul" or "Div" or "Add" or "Where" or "Reshape" or "Cast" && LeadsToSoftmax(user.Output(0)!, steps - 1));
    }

    private bool ComesFromSoftmax(Value value, int steps)
    {
        if (steps == 0 || graph.Uses.ProducerOf(value) is not (>= 0 and var n)) return false;
        Node producer = graph.Nodes[n];
        return producer.Op.Is("Softmax") || (producer.Op.Type is "Reshape" or "Cast" or "Where" or "Dropout"
            && producer.Inputs.Any(v => v is not null && ComesFromSoftmax(v, steps - 1)));
    }

    private bool IsDequantized(Value value) =>
        graph.Uses.ProducerOf(value) is >= 0 and var n && graph.Nodes[n].Op.Type == "DequantizeLinear";

    private static long? Size(Value value, Index axis) =>
        value.Shape is { Rank: >= 2 } shape && shape[axis.GetOffset(shape.Rank)] is { IsKnown: true, Size: var size } ? size : null;
}
