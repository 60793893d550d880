using System.Collections.Frozen;

namespace GraphPartition.Operators.Work;

/// <summary>
/// Arithmetic of each operator, counted as its definition writes it: a convolution or matrix product does two operations for
/// every term of every sum; what is not listed does one operation for every element that it writes.
/// </summary>
internal static class WorkTable
{
    private const double Transcendental = 8; // exp, tanh and the like: about as many operations in their polynomials

    private static readonly FrozenSet<string> Views = Set("Reshape Flatten Squeeze Unsqueeze Identity Dropout Shape Size");

    private static readonly FrozenSet<string> Moves = Set(
        "Transpose Concat Split Slice Gather GatherElements GatherND Scatter ScatterElements ScatterND Pad Tile Expand DepthToSpace "
        + "SpaceToDepth Constant ConstantOfShape OneHot Range NonZero Compress ReverseSequence EyeLike");

    private static readonly FrozenSet<string> Simple = Set(
        "Add Sub Mul Div Neg Abs Relu LeakyRelu PRelu ThresholdedRelu Clip Min Max Sum Mean Sign Ceil Floor Round Not And Or Xor "
        + "Equal Less LessOrEqual Greater GreaterOrEqual Where Cast CastLike Reciprocal Mod BitShift BitwiseAnd BitwiseOr BitwiseXor "
        + "BitwiseNot HardSigmoid HardSwish IsNaN IsInf Shrink QuantizeLinear DequantizeLinear BatchNormalization");

    private static readonly FrozenSet<string> Hard = Set(
        "Exp Log Sqrt Pow Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh Sigmoid Softplus Softsign "
        + "Erf Gelu Elu Selu Celu Mish Swish");

    private static readonly FrozenDictionary<string, Func<Node, double>> Flops = new Dictionary<string, Func<Node, double>>
    {
        ["Conv"] = n => Convolution(n, 1),
        ["ConvInteger"] = n => Convolution(n, 1),
        ["DeformConv"] = n => Convolution(n, 1),
        ["QLinearConv"] = n => Convolution(n, 3),
        ["ConvTranspose"] = n => 2 * Elements(n.Input(0)) * Elements(n.Input(1)) / Size(n.Input(1), 0),
        ["MatMul"] = n => 2 * Elements(n.Output(0)) * Size(n.Input(0), ^1),
        ["MatMulInteger"] = n => 2 * Elements(n.Output(0)) * Size(n.Input(0), ^1),
        ["QLinearMatMul"] = n => 2 * Elements(n.Output(0)) * Size(n.Input(0), ^1),
        ["Gemm"] = n => 2 * Elements(n.Output(0)) * Size(n.Input(0), n.Attributes.Int("transA") != 0 ? 0 : 1),
        ["Einsum"] = Einsum,
        ["RNN"] = Recurrent,
        ["GRU"] = Recurrent,
        ["LSTM"] = Recurrent,
        // Scores and weighted values: each query element meets every key twice over, with a product and a sum.
        ["Attention"] = n => 4 * Elements(n.Input(0)) * Size(n.Input(1), ^2),
        ["MaxPool"] = Window,
        ["AveragePool"] = Window,
        ["LpPool"] = Window,
        ["LRN"] = n => 2 * Elements(n.Input(0)) * n.Attributes.Int("size", 1),
        ["Softmax"] = n => (Transcendental + 3) * Elements(n.Input(0)),
        ["LogSoftmax"] = n => (Transcendental + 4) * Elements(n.Input(0)),
        ["LayerNormalization"] = n => 8 * Elements(n.Input(0)),
        ["GroupNormalization"] = n => 8 * Elements(n.Input(0)),
        ["InstanceNormalization"] = n => 8 * Elements(n.Input(0)),
        ["RMSNormalization"] = n => 5 * Elements(n.Input(0)),
        ["TopK"] = Sort,
        ["Unique"] = Sort,
        ["Resize"] = n => 8 * Elements(n.Output(0)),
        ["GridSample"] = n => 16 * Elements(n.Output(0)),
        ["If"] = n => n.Attributes.Bodies().Select(BodyFlops).DefaultIfEmpty().Max(),
        ["Loop"] = n => TripCount(n) * n.Attributes.Bodies().Sum(BodyFlops),
        ["Scan"] = n => Size(n.Inputs.LastOrDefault(), 0) * n.Attributes.Bodies().Sum(BodyFlops),
    }.ToFrozenDictionary();

    public static WorkKind KindOf(Node node) =>
        node.Op.Domain.Length > 0 ? WorkKind.Kernel
        : Views.Contains(node.Op.Type) ? WorkKind.View
        : Simple.Contains(node.Op.Type) || Hard.Contains(node.Op.Type) ? WorkKind.Pointwise : WorkKind.Kernel;

    public static double FlopsOf(Node node)
    {
        string op = node.Op.Type;
        if (Flops.TryGetValue(op, out Func<Node, double>? rule)) return rule(node);
        if (Views.Contains(op) || Moves.Contains(op)) return 0;
        if (Hard.Contains(op)) return Transcendental * Elements(node.Output(0));
        bool reduces = op.StartsWith("Reduce", StringComparison.Ordinal) || op.StartsWith("Arg", StringComparison.Ordinal)
            || op.StartsWith("Global", StringComparison.Ordinal) || op == "CumSum";
        return reduces ? Elements(node.Input(0)) : node.Outputs.Sum(Elements);
    }

    // Each element of the output sums over one filter: all of the weights but their first dimension.
    private static double Convolution(Node node, int weights) =>
        2 * Elements(node.Output(0)) * Elements(node.Input(weights)) / Size(node.Input(weights), 0);

    private static double Window(Node node)
    {
        double window = 1;
        foreach (long size in node.Attributes.Ints("kernel_shape") is { IsDefault: false } sizes ? sizes : []) window *= size;
        return window * Elements(node.Output(0));
    }

    // W is [directions, gates * hidden, input] and R [directions, gates * hidden, hidden]: both are applied once a step and sample.
    private static double Recurrent(Node node) =>
        2 * Size(node.Input(0), 0) * Size(node.Input(0), 1) * (Elements(node.Input(1)) + Elements(node.Input(2)));

    // A product over all indices of the equation, each counted once; the axes of an ellipsis count for the term that has most of them.
    private static double Einsum(Node node)
    {
        string[] terms = node.Attributes.Text("equation").Replace(" ", "", StringComparison.Ordinal).Split("->")[0].Split(',');
        var sizes = new Dictionary<char, double>();
        double ellipsis = 1;
        for (int i = 0; i < terms.Length; i++)
        {
            string labels = terms[i].Replace("...", "", StringComparison.Ordinal);
            int rank = (node.Input(i)?.Type as TensorType)?.Shape?.Rank ?? labels.Length;
            int dots = terms[i].IndexOf("...", StringComparison.Ordinal), hidden = Math.Max(0, rank - labels.Length);
            for (int at = 0; at < labels.Length; at++) sizes[labels[at]] = Size(node.Input(i), dots >= 0 && at >= dots ? at + hidden : at);
            double block = 1;
            for (int at = 0; dots >= 0 && at < hidden; at++) block *= Size(node.Input(i), dots + at);
            ellipsis = Math.Max(ellipsis, block);
        }
        return 2 * sizes.Values.Aggregate(ellipsis, (product, size) => product * size);
    }

    private static double Sort(Node node)
    {
        double count = Elements(node.Input(0));
        return count * Math.Log2(Math.Max(2, count));
    }

    private static double TripCount(Node node) =>
        node.Input(0)?.Data is { ElementCount: 1, Element: ElementType.Int64 } trips
            ? Math.Max(0, trips.As<long>()[0]) : NodeWork.AssumedSize;

    private static double BodyFlops(Graph body) => body.Nodes.Sum(FlopsOf);

    private static double Elements(Value? value) => value is null ? 0 : NodeWork.ElementsOf(value.Type);

    private static double Size(Value? value, Index axis)
    {
        if (value?.Type is not TensorType { Shape: { } shape }) return NodeWork.AssumedSize;
        int at = axis.GetOffset(shape.Rank);
        return at < 0 || at >= shape.Rank ? 1 : Math.Max(1, NodeWork.SizeOf(shape[at]));
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
