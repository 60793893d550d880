using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// ONNX Runtime's fused layers as a layer and what follows it:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
/// </summary>
internal static class MatrixBodies
{
    /// <summary>FusedMatMul(A, B) = alpha op(A) op(B), where op may transpose the last two axes.</summary>
    public static string? FusedMatMul(BodyBuilder b)
    {
        if (b.Attributes.Int("transBatchA") != 0 || b.Attributes.Int("transBatchB") != 0) return "it moves the batch axes";
        if (Operand(b, 0, "transA") is not { } left || Operand(b, 1, "transB") is not { } right) return "the rank of its input is not known";
        float alpha = b.Attributes.Float("alpha", 1);
        if (alpha == 1) b.Result(0, "MatMul", [left, right]);
        else b.Result(0, "Mul", [b.Add("MatMul", [left, right]), b.Number(left.ElementType, alpha)]);
        return null;
    }

    /// <summary>FusedConv(X, W, bias?, Z?) = activation(Conv(X, W, bias) + Z).</summary>
    public static string? FusedConv(BodyBuilder b)
    {
        Value y = b.Add("Conv", b.Has(2) ? [b.Input(0), b.Input(1), b.Input(2)] : [b.Input(0), b.Input(1)], Own(b, ConvAttributes));
        if (b.Has(3)) y = b.Add("Add", [y, b.Input(3)]);
        return Activate(b, y, b.Attributes.Text("activation"), b.Attributes.Floats("activation_params"));
    }

    /// <summary>FusedGemm(A, B, C?) = activation(Gemm(A, B, C)).</summary>
    public static string? FusedGemm(BodyBuilder b)
    {
        Value y = b.Add("Gemm", b.Has(2) ? [b.Input(0), b.Input(1), b.Input(2)] : [b.Input(0), b.Input(1)],
            Own(b, ["alpha", "beta", "transA", "transB"]));
        ImmutableArray<float> parameters = b.Attributes.Has("activation_alpha")
            ? [b.Attributes.Float("activation_alpha"), b.Attributes.Float("activation_beta")] : default;
        return Activate(b, y, b.Attributes.Text("activation"), parameters);
    }

    /// <summary>
    /// MatMulNBits(A, B, scales): B [N, blocks, bytes] holds unsigned 4-bit numbers q, the low half of a byte first; the weight is
    /// (q - 8) scale, that is: a signed 4-bit number times its block's scale, which DequantizeLinear computes.
    /// </summary>
    public static string? MatMulNBits(BodyBuilder b)
    {
        if (b.Attributes.Int("bits", 4) != 4) return "its weights have not 4 bits";
        if (b.Has(3) || b.Has(4)) return "its zero points or group indices are given";
        long rows = b.Attributes.Int("N"), columns = b.Attributes.Int("K"), block = b.Attributes.Int("block_size");
        if (block <= 0 || columns % block != 0) return "its blocks do not divide its columns";
        if (b.Input(1).Data is not { } packed || b.Input(2).Shape is null) return "its weights are computed";
        byte[] bytes = packed.Bytes.ToArray();
        if (bytes.Length != rows * columns / 2) return "its weights have another length than its attributes tell";
        for (int i = 0; i < bytes.Length; i++) bytes[i] ^= 0x88; // q - 8 as a signed nibble: its top bit flips
        Value weight = b.Constant(new MemoryTensor(ElementType.Int4, [rows, columns], bytes));
        Value scales = b.Reshape(b.Input(2), rows, columns / block);
        Value real = b.Add("DequantizeLinear", [weight, scales], ("axis", 1L), ("block_size", block));
        Value turned = b.Transpose(real, 1, 0);
        if (!b.Has(5)) b.Result(0, "MatMul", [b.Input(0), turned]);
        else b.Result(0, "Add", [b.Add("MatMul", [b.Input(0), turned]), b.Input(5)]);
        return null;
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

    private static readonly string[] ConvAttributes = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];

    private static (string, AttributeValue)[] Own(BodyBuilder b, string[] names) =>
        [.. names.Where(b.Attributes.Has).Select(n => (n, b.Attributes[n]!))];

    private static Value? Operand(BodyBuilder b, int index, string transposes)
    {
        Value value = b.Input(index);
        if (b.Attributes.Int(transposes) == 0) return value;
        if (value.Shape is not { } shape) return null;
        if (shape.Rank < 2) return value;
        long[] order = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return b.Transpose(value, order);
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
