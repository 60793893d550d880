namespace GraphPartition.Operators.Bodies;

/// <summary>Convolutions with a state, as plain ones.</summary>
internal static class ConvolutionBodies
{
    /// <summary>
    /// CausalConvWithState(x [B, C, L], weight [C, 1, K], bias? [C], past? [B, C, K - 1]) -> y [B, C, L], present [B, C, K - 1]: the past
    /// (zeros if there is none) stands before x, each channel is convolved by itself, and the last K - 1 places are the next past
    /// (https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html).
    /// </summary>
    public static string? CausalConvWithState(BodyBuilder b)
    {
        if (b.Input(1).Shape is not { Rank: 3 } weight || !weight[0].IsKnown || !weight[2].IsKnown)
            return "the shape of the weight is not known";
        long before = weight[2].Size - 1;
        string activation = b.Attributes.Text("activation", "none");
        if (activation is not ("none" or "silu" or "swish")) return $"its activation is '{activation}'";
        Value whole = b.Has(3) ? b.Add("Concat", [b.Input(3), b.Input(0)], ("axis", 2L))
            : b.Add("Pad", [b.Input(0), b.Integers(0, 0, before, 0, 0, 0)]);
        Value? bias = b.Has(2) ? b.Input(2) : null;
        (string, AttributeValue) groups = ("group", weight[0].Size);
        if (activation == "none") b.Result(0, "Conv", bias is null ? [whole, b.Input(1)] : [whole, b.Input(1), bias], groups);
        else
        {
            Value y = b.Add("Conv", bias is null ? [whole, b.Input(1)] : [whole, b.Input(1), bias], groups);
            b.Result(0, "Mul", [y, b.Add("Sigmoid", [y])]);
        }
        if (b.Wants(1))
            b.Result(1, "Slice",
                [whole, b.Integers(before == 0 ? long.MaxValue : -before), b.Integers(long.MaxValue), b.Integers(2)]);
        return null;
    }
}
