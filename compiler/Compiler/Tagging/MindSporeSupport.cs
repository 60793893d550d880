using System.Collections.Frozen;

namespace GraphPartition.Compiler.Tagging;

/// <summary>
/// The operators that MindSpore itself gave to TensorRT, for comparison: its TensorRT pass (trt_op_converter.cc) registered the same 62
/// primitives from 1.3 to 2.3, for TensorRT 7. A node is supported where the primitives that implement it are on that list, and its
/// shapes, element types and constants are accepted by their converters. Where a converter silently computes something else
/// (dilation, the alpha of Elu), the node still counts as supported.
/// </summary>
public sealed class MindSporeSupport : SupportPolicy
{
    private static readonly FrozenSet<ElementType> Elements =
        FrozenSet.Create(ElementType.Float32, ElementType.Float16, ElementType.Int8, ElementType.Int32);

    private static readonly FrozenDictionary<string, Row> Rows = new List<Row>
    (
    [
        .. Same("Add", "Sub", "Mul", "Pow").Select(row => row with { Refusal = Two }),
        new("Div", "RealDiv Div FloorDiv", Two), new("Max", "Maximum", Two), new("Min", "Minimum", Two),
        .. Same("Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan", "Asinh",
            "Acosh", "Ceil", "Floor"),
        .. Same("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd").Select(row => row with { Refusal = n => Known(n, 1) }),
        new("GlobalAveragePool", "ReduceMean", _ => null), new("GlobalMaxPool", "ReduceMax", _ => null),
        .. Same("Sigmoid", "Tanh", "Elu", "Softsign"),
        new("Relu", "ReLU", _ => null), new("Clip", "ReLU6 Maximum Minimum", n => Known(n, 1, 2)),
        new("LeakyRelu", "Mul Maximum", _ => null),
        new("Gelu", "GeLU", n => n.Attributes.Text("approximate") == "tanh" ? null : "its GeLU is the tanh form, and it has no Erf"),
        new("HardSwish", "HSwish", _ => null),
        new("HardSigmoid", "HSigmoid",
            n => MathF.Abs(n.Attributes.Float("alpha", 0.2f) - 1f / 6) < 1e-6f ? null : "its HSigmoid has a slope of 1/6"),
        new("Conv", "Conv2D BiasAdd", Convolution), new("ConvTranspose", "Conv2DBackpropInput BiasAdd", Convolution),
        new("MaxPool", "MaxPool", Pooling), new("AveragePool", "AvgPool", Pooling),
        new("MatMul", "MatMul BatchMatMul", _ => null), new("Gemm", "MatMul BiasAdd", _ => null),
        new("BatchNormalization", "BatchNorm",
            n => n.Attributes.Int("training_mode") != 0 ? "it is in training mode" : Known(n, 1, 2, 3, 4)),
        new("LayerNormalization", "LayerNorm", n => n.Input(2) is null ? "its LayerNorm has a beta" : null),
        .. Same("Softmax", "LogSoftmax", "Transpose", "Flatten", "Gather"),
        new("Reshape", "Reshape", n => Known(n, 1)), new("Squeeze", "Squeeze", n => Known(n, 1)),
        new("Unsqueeze", "ExpandDims", n => Known(n, 1)),
        new("Concat", "Concat", n => n.Inputs.Any(v => v is { IsConstant: true }) ? "its Concat takes no constants" : null),
        new("Slice", "Slice", n => Known(n, 1, 2, 3)
            ?? (n.Input(4)?.Data?.ToIntegers() is { } steps && steps.Any(s => s != 1) ? "its Slice has no steps" : Known(n, 4))),
        new("Cast", "Cast", n => n.Attributes.Int("to") == (long)ElementType.Float16 ? "its Cast gives no float16" : null),
        new("Identity", "", _ => null), // no kernel there either
    ]).ToFrozenDictionary(row => row.Operator);

    private static readonly Verdict NotListed = Verdict.No("no primitive on MindSpore's list for TensorRT says it", "mindspore-list");

    /// <inheritdoc/>
    public override string Name => "mindspore";

    /// <summary>
    /// The primitives of MindSpore's list in these rows: all 62 but Return, which marks results and is no operator.
    /// </summary>
    public static IEnumerable<string> Primitives =>
        Rows.Values.SelectMany(row => row.Primitives.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()
            .Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index)
    {
        if (!Rows.TryGetValue(node.Op.ToString(), out Row? row)) return NotListed;
        foreach (Value? value in node.Inputs.Concat(node.Outputs))
        {
            if (value is null or { IsConstant: true }) continue; // constant arguments became attributes
            if (!Elements.Contains(value.ElementType))
                return Verdict.No($"MindSpore gives no tensors of {value.ElementType.Keyword()} to TensorRT", "mindspore-element-type");
            if (value.Shape is not { IsStatic: true })
                return Verdict.No("MindSpore builds engines for known shapes only", "mindspore-shape");
        }
        return row.Refusal(node) is { } reason ? Verdict.No($"MindSpore does not take it: {reason}", "mindspore-restriction") : Verdict.Yes;
    }

    private static IEnumerable<Row> Same(params IEnumerable<string> names) => names.Select(name => new Row(name, name, _ => null));

    private static string? Two(Node node) => node.Inputs.Length == 2 ? null : $"it has {node.Inputs.Length} inputs, its primitive has two";

    private static string? Known(Node node, params ReadOnlySpan<int> inputs)
    {
        foreach (int input in inputs)
            if (node.Input(input) is { IsConstant: false }) return $"input {input} is computed";
        return null;
    }

    private static string? Convolution(Node node) => node.Output(0)?.Shape?.Rank != 4 ? "it is not of images" : Known(node, 1);

    private static string? Pooling(Node node) => node.Output(0)?.Shape?.Rank != 4 ? "it is not of images"
        : node.Output(1) is not null ? "it gives indices" : null;

    /// <param name="Operator">An operator of ONNX.</param>
    /// <param name="Primitives">The primitives that implement it, separated by blanks.</param>
    /// <param name="Refusal">Why the converters refuse a node; null where they accept it.</param>
    private sealed record Row(string Operator, string Primitives, Func<Node, string?> Refusal);
}
