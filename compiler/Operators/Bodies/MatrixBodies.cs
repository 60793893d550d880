using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// ONNX Runtime's fused layers as a layer and what follows it:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
/// </summary>
internal static class MatrixBodies
{
    /// <summary>
    /// FusedMatMul(A, B) = alpha op(A) op(B), where op may move the first axis in front of the last (transBatch), and then transpose the
    /// last two.
    /// </summary>
    public static string? FusedMatMul(BodyBuilder b)
    {
        if (Operand(b, 0, "A") is not { } left || Operand(b, 1, "B") is not { } right) return "the rank of its input is not known";
        float alpha = b.Attributes.Float("alpha", 1);
        if (alpha == 1) b.Result(0, "MatMul", [left, right]);
        else b.Result(0, "Mul", [b.Add("MatMul", [left, right]), b.Number(left.ElementType, alpha)]);
        return null;
    }

    /// <summary>FusedConv(X, W, bias?, Z?) = activation(Conv(X, W, bias) + Z).</summary>
    public static string? FusedConv(BodyBuilder b)
    {
        Value y = b.Add("Conv", b.Has(2) ? [b.Input(0), b.Input(1), b.Input(2)] : [b.Input(0), b.Input(1)], b.Own(ConvAttributes));
        if (b.Has(3)) y = b.Add("Add", [y, b.Input(3)]);
        return Activate(b, y, b.Attributes.Text("activation"), b.Attributes.Floats("activation_params"));
    }

    /// <summary>FusedGemm(A, B, C?) = activation(Gemm(A, B, C)).</summary>
    public static string? FusedGemm(BodyBuilder b)
    {
        Value y = b.Add("Gemm", b.Has(2) ? [b.Input(0), b.Input(1), b.Input(2)] : [b.Input(0), b.Input(1)],
            b.Own("alpha", "beta", "transA", "transB"));
        ImmutableArray<float> parameters = b.Attributes.Has("activation_alpha")
            ? [b.Attributes.Float("activation_alpha"), b.Attributes.Float("activation_beta")] : default;
        return Activate(b, y, b.Attributes.Text("activation"), parameters);
    }

    /// <summary>
    /// Pow(x, integer exponent): the exponent in the type of the base, where it is a constant that the type holds exactly.
    /// </summary>
    public static string? Pow(BodyBuilder b)
    {
        Value x = b.Input(0);
        if (!Numbers.IsFloat(x.ElementType) || Numbers.IsFloat(b.Element(1))) return "its exponent has the type of its base";
        if (b.Input(1).Data is not { ElementCount: 1 } exponent) return "its exponent is computed";
        double number = Numbers.At(exponent.Element, exponent.Bytes.Span, 0);
        if (Math.Abs(number) > 256) return "its exponent is too large to be exact";
        b.Result(0, "Pow", [x, b.Number(x.ElementType, number)]);
        return null;
    }

    internal static readonly string[] ConvAttributes = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];

    private static Value? Operand(BodyBuilder b, int index, string name)
    {
        Value value = b.Input(index);
        bool isTurned = b.Attributes.Int($"trans{name}") != 0, movesBatch = b.Attributes.Int($"transBatch{name}") != 0;
        if (!isTurned && !movesBatch) return value;
        if (value.Shape is not { } shape) return null;
        if (shape.Rank < 2) return value;
        List<long> order = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        if (movesBatch)
        {
            order.RemoveAt(0);
            order.Insert(shape.Rank - 2, 0);
        }
        if (isTurned) (order[^1], order[^2]) = (order[^2], order[^1]);
        return b.Transpose(value, [.. order]);
    }

    private static string? Activate(BodyBuilder b, Value y, string activation, ImmutableArray<float> parameters)
    {
        float At(int index, float otherwise) => !parameters.IsDefault && index < parameters.Length ? parameters[index] : otherwise;
        switch (activation)
        {
            case "": b.Result(0, "Identity", [y]); return null;
            case "Relu" or "Tanh" or "Sigmoid" or "Softplus" or "Softsign": b.Result(0, activation, [y]); return null;
            case "LeakyRelu": b.Result(0, "LeakyRelu", [y], ("alpha", At(0, 0.01f))); return null;
            case "HardSigmoid": b.Result(0, "HardSigmoid", [y], ("alpha", At(0, 0.2f)), ("beta", At(1, 0.5f))); return null;
            case "Clip":
                b.Result(0, "Clip", [y, b.Number(y.ElementType, At(0, float.MinValue)), b.Number(y.ElementType, At(1, float.MaxValue))]);
                return null;
            default: return $"its activation '{activation}' has no form in other operators here";
        }
    }
}
