using GraphPartition.Ir.Tensors;
using static GraphPartition.Operators.Bodies.QuantizedNumbers;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Quantization in operators that TensorRT has: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html and ONNX Runtime's operators on
/// quantized tensors, https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. TensorRT's own QuantizeLinear and
/// DequantizeLinear have the zero point 0 only.
/// </summary>
internal static class QuantizationBodies
{
    private const string NoRank = "the rank of its input is not known";
    private const string Native = "TensorRT takes this form, between operators that it takes";

    /// <summary>QuantizeLinear(x, s, z?) = saturate(round(x / s) + z): the same operations in floats, so the same numbers.</summary>
    public static string? QuantizeLinear(BodyBuilder b)
    {
        if (b.Attributes.Int("block_size") != 0) return "its scale is of blocks";
        if (b.OutputElement(0) is not (ElementType.Int8 or ElementType.UInt8)) return $"its result is {b.OutputElement(0).Keyword()}";
        if (b.OutputElement(0) == ElementType.Int8 && (!b.Has(2) || IsFilledWith(b.Input(2), 0))) return Native;
        if (!IsNarrow(b.Element(0)) || !IsNarrow(b.Element(1))) return "its input or its scale is not f32 or f16";
        int axis = (int)b.Attributes.Int("axis", 1);
        if (Scale(b, 1, b.Input(0), axis) is not { } scale) return NoRank;
        return Quantize(b, b.Add("Div", [b.Cast(b.Input(0), ElementType.Float32), scale]), 2, axis);
    }

    /// <summary>DequantizeLinear(q, s, z?) = (q - z) s: the same operations in floats; q - z is exact.</summary>
    public static string? DequantizeLinear(BodyBuilder b)
    {
        if (b.Attributes.Int("block_size") != 0) return "its scale is of blocks";
        if (b.Element(0) is not (ElementType.Int8 or ElementType.UInt8)) return $"its input is {b.Element(0).Keyword()}";
        if (b.Element(0) == ElementType.Int8 && (!b.Has(2) || IsFilledWith(b.Input(2), 0))) return Native;
        if (!IsNarrow(b.Element(1))) return "its scale is not f32 or f16";
        int axis = (int)b.Attributes.Int("axis", 1);
        if (Centered(b, 0, 2, axis) is not { } centered || Scale(b, 1, b.Input(0), axis) is not { } scale) return NoRank;
        StoreFloats(b, 0, b.Add("Mul", [centered, scale]));
        return null;
    }

    /// <summary>
    /// DynamicQuantizeLinear(x) -> y, s, z: with the range [a, b] of x that contains 0, s = (b - a) / 255 (1 where that is 0),
    /// z = clip(round(-a / s), 0, 255), y = clip(round(x / s) + z, 0, 255).
    /// </summary>
    public static string? DynamicQuantizeLinear(BodyBuilder b)
    {
        var (whole, scale, zero) = DynamicallyQuantized(b, b.Input(0));
        if (b.Wants(0)) Store(b, 0, whole);
        if (b.Wants(1)) b.Result(1, "Identity", [scale]);
        if (b.Wants(2)) Store(b, 2, zero);
        return null;
    }

    /// <summary>DynamicQuantizeMatMul(A, B, s, z?, bias?): DynamicQuantizeLinear of A, then a product of whole numbers.</summary>
    public static string? DynamicQuantizeMatMul(BodyBuilder b)
    {
        var (whole, scale, zero) = DynamicallyQuantized(b, b.Input(0));
        if (Centered(b, 1, 3, -1) is not { } right || Scale(b, 2, b.Input(1), -1) is not { } scaleOfRight) return NoRank;
        Value product = b.Add("MatMul", [b.Add("Sub", [whole, zero]), right]);
        Value real = b.Add("Mul", [product, b.Add("Mul", [scale, scaleOfRight])]);
        StoreFloats(b, 0, b.Has(4) ? b.Add("Add", [real, b.Input(4)]) : real);
        return null;
    }

    /// <summary>QLinearAdd, QLinearMul (A, sA, zA?, B, sB, zB?, sC, zC?): Q(DQ(A) op DQ(B)).</summary>
    public static FunctionBody OfTwo(string op) => b =>
        Quantized(b, b.Add(op, [Dequantized(b, 0, 1, 2), Dequantized(b, 3, 4, 5)]), 6, 7);

    /// <summary>QLinearSigmoid, QLinearLeakyRelu, pools and reductions (X, sX, zX?, sY, zY?): Q(op(DQ(X))).</summary>
    /// <param name="op">The operator on floats.</param>
    /// <param name="attributes">Its attributes, which are those of the node.</param>
    public static FunctionBody OfOne(string op, params string[] attributes) => b =>
    {
        if (b.Attributes.Int("channels_last") != 0) return "its channels come last";
        return Quantized(b, b.Add(op, [Dequantized(b, 0, 1, 2)], b.Own(attributes)), 3, 4);
    };

    /// <summary>QLinearReduceMean(X, sX, zX?, sY, zY?) = Q(mean(DQ(X))).</summary>
    public static string? ReduceMean(BodyBuilder b) => Quantized(b, b.Add("ReduceMean",
        [Dequantized(b, 0, 1, 2), b.Integers(b.Attributes.Ints("axes").AsSpan())], ("keepdims", b.Attributes.Int("keepdims", 1))), 3, 4);

    /// <summary>
    /// QLinearSoftmax(X, sX, zX?, sY, zY) = Q(softmax(DQ(X))). Before opset 13 the softmax is over all axes from the given one on: the
    /// same where that is the last. ONNX Runtime 1.31 computes 0 instead of 1 along an axis of one element, and with steps below 1/256,
    /// since its integers overflow; such a node stays. With a negative scale its table has the wrong order.
    /// </summary>
    public static string? Softmax(BodyBuilder b)
    {
        bool isOld = b.Attributes.Int("opset") < 13;
        long axis = b.Attributes.Int("axis", isOld ? 1 : -1);
        if (isOld && b.Input(0).Shape is null) return NoRank;
        if (isOld && axis != -1 && axis != b.Input(0).Shape!.Rank - 1) return "its softmax is over several axes";
        if (b.Input(0).Shape is { } s)
        {
            long place = axis < 0 ? axis + s.Rank : axis;
            if (place < 0 || place >= s.Rank) return "it has no such axis";
            if (s[(int)place].Is(1)) return "its axis has one element";
        }
        if (!(Constant(b, 1) > 0)) return "the scale of its input is not known, or not above 0";
        if (!(Constant(b, 3) > 1 / 257.0)) return "the scale of its result is not known, or below 1/256";
        return Quantized(b, b.Add("Softmax", [Dequantized(b, 0, 1, 2)], ("axis", axis)), 3, 4);
    }

    /// <summary>QLinearConcat(sY, zY, (X, sX, zX)...) = Q(concat(DQ(X)...)). Inputs may be floats already.</summary>
    public static string? Concat(BodyBuilder b)
    {
        var parts = new List<Value?>();
        for (int i = 2; b.Has(i); i += 3)
            parts.Add(b.Element(i) == ElementType.Float32 ? b.Input(i) : Dequantized(b, i, i + 1, i + 2));
        return Quantized(b, b.Add("Concat", parts.ToArray(), ("axis", b.Attributes.Int("axis"))), 0, 1);
    }

    /// <summary>QLinearWhere(condition, X, sX, zX, Y, sY, zY, sZ, zZ) = Q(where(condition, DQ(X), DQ(Y))).</summary>
    public static string? Where(BodyBuilder b) =>
        Quantized(b, b.Add("Where", [b.Input(0), Dequantized(b, 1, 2, 3), Dequantized(b, 4, 5, 6)]), 7, 8);

    /// <summary>
    /// DequantizeLinear of inputs of a node. The QLinear operators also take one zero point with many scales, and the reverse;
    /// DequantizeLinear takes as many of both, so the single number is repeated.
    /// </summary>
    public static Value Dequantized(BodyBuilder b, int tensor, int scale, int zero, long axis = 1)
    {
        Value[] operands = b.Has(zero) ? [b.Input(tensor), b.Input(scale), b.Input(zero)] : [b.Input(tensor), b.Input(scale)];
        if (b.Has(zero) && b.Input(scale).Shape?.ElementCount is { } scales && b.Input(zero).Shape?.ElementCount is { } zeros
            && scales != zeros && Math.Min(scales, zeros) == 1)
        {
            int single = scales == 1 ? 1 : 2;
            long count = Math.Max(scales, zeros);
            operands[single] = operands[single].Data is { } data
                ? b.Constant(TensorData.Of<byte>(
                    data.Element, [.. Enumerable.Repeat(data.Bytes.ToArray(), (int)count).SelectMany(x => x)], count))
                : b.Add("Expand", [operands[single], b.Integers(count)]);
        }
        return b.Add("DequantizeLinear", operands, ("axis", axis));
    }

    /// <summary>The node's result by QuantizeLinear.</summary>
    /// <returns>Null, or why it cannot be expressed.</returns>
    public static string? Quantized(BodyBuilder b, Value real, int scale, int zero)
    {
        ElementType type = b.OutputElement(0);
        if (type is not (ElementType.UInt8 or ElementType.Int8)) return $"its result is {type.Keyword()}";
        b.Result(0, "QuantizeLinear", [real, b.Input(scale), b.Has(zero) ? b.Input(zero) : b.Number(type, 0)]);
        return null;
    }

    /// <summary>Sets a floating-point output to f32 numbers.</summary>
    public static void StoreFloats(BodyBuilder b, int output, Value value)
    {
        ElementType type = b.OutputElement(output);
        if (type == ElementType.Float32) b.Result(output, "Identity", [value]);
        else b.Result(output, "Cast", [value], ("to", (long)type));
    }

    /// <summary>The number of an input that is a constant of one number; else NaN.</summary>
    private static double Constant(BodyBuilder b, int input) =>
        b.Input(input).Data is { ElementCount: 1 } data ? Numbers.At(data.Element, data.Bytes.Span, 0) : double.NaN;

    private static bool IsNarrow(ElementType type) => type is ElementType.Float32 or ElementType.Float16;

    /// <summary>The quantized numbers, the scale and the zero point of DynamicQuantizeLinear, all in f32.</summary>
    private static (Value Whole, Value Scale, Value Zero) DynamicallyQuantized(BodyBuilder b, Value x)
    {
        Value none = b.Number(ElementType.Float32, 0), top = b.Number(ElementType.Float32, 255);
        Value least = b.Add("Min", [b.Add("ReduceMin", [x], ("keepdims", 0L)), none]);
        Value most = b.Add("Max", [b.Add("ReduceMax", [x], ("keepdims", 0L)), none]);
        Value range = b.Add("Sub", [most, least]);
        Value isNone = b.Add("Equal", [range, none]);
        Value scale = b.Add("Where", [isNone, b.Number(ElementType.Float32, 1), b.Add("Div", [range, top])]);
        Value zero = b.Add("Clip", [b.Add("Round", [b.Add("Neg", [b.Add("Div", [least, scale])])]), none, top]);
        Value shifted = b.Add("Add", [b.Add("Round", [b.Add("Div", [x, scale])]), zero]);
        return (b.Add("Clip", [shifted, none, top]), scale, zero);
    }
}
