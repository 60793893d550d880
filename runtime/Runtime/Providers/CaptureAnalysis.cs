using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Providers;

/// <summary>
/// Which nodes can be part of a CUDA graph. The operator must not wait for the device, and all shapes must follow from the shapes of the
/// inputs. Trying is no option: a session whose recording was refused in the middle of a run may end the process later, when it is
/// disposed (seen with ONNX Runtime 1.29). Unknown operators count as waiting.
/// </summary>
internal sealed class CaptureAnalysis
{
    /// <summary>
    /// Operators of the ONNX domain whose kernels in ONNX Runtime's CUDA provider never wait for the device. Not listed: operators with
    /// data-dependent shapes (NonZero), with subgraphs or sequences, with host code (GRU, LSTM and RNN read lengths on the host), and with
    /// random numbers, which a replay would repeat. An operator that a new opset adds is unknown until its kernel has been read.
    /// </summary>
    private static readonly HashSet<string> NeverWaits = new(StringComparer.Ordinal)
    {
        "Abs", "Acos", "Acosh", "Add", "AffineGrid", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "Attention",
        "AveragePool", "BatchNormalization", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "BlackmanWindow", "Cast",
        "CastLike", "Ceil", "Celu", "CenterCropPad", "Clip", "Col2Im", "Concat", "Constant", "ConstantOfShape", "Conv", "ConvInteger",
        "ConvTranspose", "Cos", "Cosh", "CumSum", "DFT", "DeformConv", "DepthToSpace", "DequantizeLinear", "Det", "Div",
        "DynamicQuantizeLinear", "Einsum", "Elu", "Equal", "Erf", "Exp", "Expand", "EyeLike", "Flatten", "Floor", "Gather",
        "GatherElements", "GatherND", "Gelu", "Gemm", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "Greater", "GreaterOrEqual",
        "GridSample", "GroupNormalization", "HammingWindow", "HannWindow", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
        "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax",
        "LpNormalization", "LpPool", "MatMul", "MatMulInteger", "Max", "MaxPool", "MaxRoiPool", "MaxUnpool", "Mean",
        "MeanVarianceNormalization", "MelWeightMatrix", "Min", "Mish", "Mod", "Mul", "Neg", "NegativeLogLikelihoodLoss", "Not", "OneHot",
        "Or", "PRelu", "Pad", "Pow", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RMSNormalization", "Range", "Reciprocal",
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
        "ReduceSumSquare", "Relu", "Reshape", "Resize", "RoiAlign", "RotaryEmbedding", "Round", "STFT", "Scatter", "ScatterElements",
        "ScatterND", "Selu", "Shape", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax", "SoftmaxCrossEntropyLoss",
        "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Swish", "Tan", "Tanh", "TensorScatter",
        "ThresholdedRelu", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Upsample", "Where", "Xor",
    };

    /// <summary>Operators whose CUDA kernels read every input but the first on the host: sizes, axes and limits.</summary>
    private static readonly HashSet<string> ReadsSizes = new(StringComparer.Ordinal)
    {
        "Clip", "CumSum", "Expand", "OneHot", "Pad", "Reshape", "Resize", "Slice", "Split", "Squeeze", "Tile", "TopK", "Trilu",
        "Unsqueeze", "Upsample", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceProd", "ReduceSum", "ReduceSumSquare",
    };

    private readonly Graph _graph;
    private readonly HashSet<string> _symbols;
    private readonly Lazy<HashSet<int>> _copying;

    /// <summary>Analyzes a graph.</summary>
    public CaptureAnalysis(Graph graph)
    {
        _graph = graph;
        _symbols = [.. graph.Inputs.Select(v => v.Type).OfType<TensorType>()
            .SelectMany(t => t.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>()];
        _copying = new(() => [.. Copying([.. Enumerable.Range(0, graph.Nodes.Length)])]);
    }

    /// <summary>Whether a node can be recorded.</summary>
    public bool CanRecord(int node) =>
        NeverWaitsAt(node) && !_copying.Value.Contains(node)
            && _graph.Nodes[node].Inputs.All(HasKnownShape) && _graph.Nodes[node].Outputs.All(HasKnownShape);

    /// <summary>Whether nodes that one session executes, in ascending order, never wait for the device.</summary>
    public bool NeverWait(ImmutableArray<int> nodes) => nodes.All(NeverWaitsAt) && !Copying(nodes).Any();

    /// <summary>
    /// Whether some nodes use kernels that cuDNN chooses, or compiles, for the shapes of a run. ONNX Runtime keeps only those of the last
    /// shape, so a recording of another shape must not be replayed.
    /// </summary>
    public bool CacheKernelsByShape(ImmutableArray<int> nodes) => nodes.Any(n => _graph.Nodes[n].Op.Type is "Conv" or "ConvTranspose");

    private bool NeverWaitsAt(int node) => _graph.Nodes[node].Op is { Domain: "" } op && NeverWaits.Contains(op.Type);

    /// <summary>
    /// Of nodes that one session executes, in ascending order, those that read on the host what is on the device: ONNX Runtime copies
    /// it and waits. On the host are the results of Shape and Size and what is computed of them alone, and values from outside of the
    /// session that no kernel in it reads on the device.
    /// </summary>
    private IEnumerable<int> Copying(ImmutableArray<int> nodes)
    {
        HashSet<Value> onHost = [], onDevice = [];
        foreach (int n in nodes)
        {
            Node node = _graph.Nodes[n];
            Value[] computed = [.. node.Inputs.OfType<Value>().Where(v => !v.IsConstant)];
            if (node.Op.Is("Shape") || node.Op.Is("Size") || (computed.Length > 0 && computed.All(onHost.Contains)))
                onHost.UnionWith(node.Outputs.OfType<Value>());
            else
                onDevice.UnionWith(node.Inputs.Take(FirstReadOnHost(node)).Concat(node.Outputs).Concat(node.Captures).OfType<Value>());
        }
        onDevice.ExceptWith(onHost);
        return nodes.Where(n => _graph.Nodes[n] is var node
            && node.Inputs.Skip(FirstReadOnHost(node)).Any(v => v is { IsConstant: false } && onDevice.Contains(v)));
    }

    /// <summary>The first input that a kernel reads on the host, as all behind it.</summary>
    private static int FirstReadOnHost(Node node) =>
        node.Op.Is("ConstantOfShape") || node.Op.Is("Range") ? 0
        : node.Op.Domain.Length == 0 && ReadsSizes.Contains(node.Op.Type) ? 1
        : int.MaxValue;

    private bool HasKnownShape(Value? value) => value is null || value.IsConstant || (value.Type is TensorType { Shape: { } shape }
        && shape.Dims.All(d => d.IsKnown || (d.Symbol is { } symbol && _symbols.Contains(symbol))));
}
