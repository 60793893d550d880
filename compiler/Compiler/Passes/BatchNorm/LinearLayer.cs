namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// A node that computes y = W x + b with a known weight: Conv, ConvTranspose, Gemm with a weight B, MatMul with a matrix;
/// and BatchNormalization in inference form, whose scale and bias are W and b of the normalized x.
/// Scaling y by channel scales W along its output channels: s (W x + b) + t = (s W) x + (s b + t).
/// </summary>
/// <param name="Node">The node.</param>
/// <param name="Weight">W. Its shape is known; its elements may be unknown (<see cref="LinearWeight"/>).</param>
/// <param name="Output">The output channels of W's elements.</param>
/// <param name="AxisFromEnd">The channel axis of y, counted from its end: 1 is the last axis.</param>
internal sealed record LinearLayer(Node Node, Value Weight, WeightView Output, int AxisFromEnd)
{
    /// <summary>The number of output channels.</summary>
    public long Channels => Output.Outer / Output.OuterPerGroup * Output.Middle;

    /// <summary>b, or null where the node has no such input.</summary>
    public Value? Bias => TakesBias ? Node.Input(2) : null;

    /// <summary>Whether the node can add a bias itself.</summary>
    public bool TakesBias => !Node.Op.Is("MatMul");

    /// <summary>The groups of a convolution.</summary>
    private long Groups => Node.Attributes.Int("group", 1);

    /// <summary>The input channels of the weight of a convolution or a matrix product.</summary>
    public WeightView Input => HasRowsOfInput ? new(1, Weight.Shape![0].Size, Weight.Shape[1].Size, 1)
        : new(Output.Middle, Weight.Shape![1].Size, Inner(Weight.Shape, 2), Output.Middle / Groups);

    /// <summary>W t for a t of one number for each input channel: what x + t adds to each output channel.</summary>
    /// <returns>A number for each output channel, or null where the weight is an expression.</returns>
    public double[]? Applied(LinearWeight weight, double[] t)
    {
        double[]? sums = HasRowsOfInput ? weight.ColumnSums(Weight.Shape![1].Size, t) : weight.Sums(Input, t);
        double alpha = Node.Op.Is("Gemm") ? Node.Attributes.Float("alpha", 1) : 1;
        for (int c = 0; c < sums?.Length && alpha != 1; c++) sums[c] *= alpha;
        return sums;
    }

    /// <summary>Whether the weight is a matrix with a row for each input channel, and not for each output channel.</summary>
    private bool HasRowsOfInput => Node.Op.Is("MatMul") || (Node.Op.Is("Gemm") && Node.Attributes.Int("transB") == 0);

    /// <summary>The layer that a node is; nothing for other operators.</summary>
    public static Match<LinearLayer> Of(Node node, PassContext context)
    {
        if (node.Op.Domain.Length > 0 || node.Version != 0) return default;
        if (node.Op.Type == "BatchNormalization") return OfBatchNorm(node, context.Opset);
        if (node.Op.Type is not ("Conv" or "ConvTranspose" or "Gemm" or "MatMul")) return default;
        if (node.Input(1) is not { Shape: { IsStatic: true, Rank: >= 2 } shape } weight || !RealNumbers.Holds(weight.ElementType))
            return Match.No("the weight's shape is not known, or its type is not a float type");
        foreach (Dim d in shape)
            if (d.Is(0)) return Match.No("the weight is empty");
        (long a, long b, long groups) = (shape[0].Size, shape[1].Size, node.Attributes.Int("group", 1));
        bool isMatrix = shape.Rank == 2;
        switch (node.Op.Type)
        {
            case "Conv" when !isMatrix && groups > 0 && a % groups == 0:
                return new LinearLayer(node, weight, new(1, a, Inner(shape, 1), 1), shape.Rank - 1);
            case "ConvTranspose" when !isMatrix && groups > 0 && a % groups == 0: // W is [in, out / groups, ...]
                return new LinearLayer(node, weight, new(a, b, Inner(shape, 2), a / groups), shape.Rank - 1);
            case "Gemm" when isMatrix && node.Attributes.Int("transB") != 0:
                return new LinearLayer(node, weight, new(1, a, b, 1), 1);
            case "Gemm" or "MatMul" when isMatrix:
                return new LinearLayer(node, weight, new(a, b, 1, a), 1);
            default:
                return Match.No("the weight's shape does not fit the operator");
        }
    }

    /// <summary>Whether a constant is one number, or one for each channel, and broadcasts over y without changing its shape.</summary>
    public bool IsPerChannel(TensorData constant)
    {
        int rank = Node.Op.Type is "MatMul" or "BatchNormalization" ? Node.Output(0)?.Shape?.Rank ?? 1 : Weight.Shape!.Rank;
        if (constant.Dims.Length > rank) return false;
        for (int i = 0; i < constant.Dims.Length; i++)
            if (constant.Dims[i] != 1 && (constant.Dims.Length - i != AxisFromEnd || constant.Dims[i] != Channels)) return false;
        return true;
    }

    private static Match<LinearLayer> OfBatchNorm(Node node, int opset)
    {
        Match<ChannelAffine> affine = ChannelAffine.OfBatchNorm(node, opset);
        if (affine.Reason is { } reason) return Match.No(reason);
        return node.Output(0)?.Shape is { Rank: >= 2 } shape
            ? new LinearLayer(node, node.Input(1)!, new(1, affine.Value!.Scale.Length, 1, 1), shape.Rank - 1)
            : Match.No("the rank of its result is not known");
    }

    private static long Inner(Shape shape, int from)
    {
        long count = 1;
        for (int i = from; i < shape.Rank; i++) count *= shape[i].Size;
        return count;
    }
}
