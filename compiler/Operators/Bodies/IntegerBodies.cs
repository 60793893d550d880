using static GraphPartition.Operators.Bodies.QuantizationBodies;
using static GraphPartition.Operators.Bodies.QuantizedNumbers;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Matrix products and convolutions of 8-bit numbers. Two forms: where the zero points are those that TensorRT has, DequantizeLinear in
/// front of the layer, which TensorRT computes in i8; else products of whole numbers in floats (<see cref="QuantizedNumbers"/>).
/// </summary>
internal static class IntegerBodies
{
    private const string NoRank = "the rank of an input is not known";

    /// <summary>MatMulInteger(A, B, zA?, zB?) = (A - zA)(B - zB), in i32; zA may be of each row, zB of each column.</summary>
    public static string? MatMulInteger(BodyBuilder b)
    {
        if (Centered(b, 0, 2, -2) is not { } left || Centered(b, 1, 3, -1) is not { } right) return NoRank;
        b.Result(0, "Cast", [b.Add("MatMul", [left, right])], ("to", (long)ElementType.Int32));
        return null;
    }

    /// <summary>
    /// ConvInteger(x, w, zx?, zw?) = conv(x - zx, w - zw), in i32. The padding has the value zx, which is 0 in the difference.
    /// </summary>
    public static string? ConvInteger(BodyBuilder b)
    {
        if (Centered(b, 0, 2) is not { } x || Centered(b, 1, 3) is not { } w) return NoRank;
        b.Result(0, "Cast", [b.Add("Conv", [x, w], b.Own(MatrixBodies.ConvAttributes))], ("to", (long)ElementType.Int32));
        return null;
    }

    /// <summary>
    /// QLinearConv(x, sx, zx, w, sw, zw, sy, zy, bias?): the bias has the scale sx sw. So the result is
    /// saturate(round((conv(x - zx, w - zw) + bias) sx sw / sy) + zy).
    /// </summary>
    public static string? QLinearConv(BodyBuilder b)
    {
        if (b.Attributes.Int("channels_last") != 0) return "its channels come last";
        if (IsSymmetric(b, 0, 2) && IsSymmetric(b, 3, 5))
        {
            Value?[] operands = [Dequantized(b, 0, 1, 2), Dequantized(b, 3, 4, 5, axis: 0)];
            if (b.Has(8)) operands = [.. operands, RealBias(b, 8, 1, 4)];
            return Quantized(b, b.Add("Conv", operands, b.Own(MatrixBodies.ConvAttributes)), 6, 7);
        }
        if (Centered(b, 0, 2) is not { } x || Centered(b, 3, 5) is not { } w) return NoRank;
        Value?[] whole = b.Has(8) ? [x, w, Whole(b, b.Input(8))] : [x, w];
        Value sum = b.Add("Conv", whole, b.Own(MatrixBodies.ConvAttributes));
        return Factor(b, sum, 1) is { } factor ? Quantize(b, b.Add("Mul", [sum, factor]), 7) : NoRank;
    }

    /// <summary>QLinearMatMul(a, sa, za, b, sb, zb, sy, zy) = saturate(round((a - za)(b - zb) sa sb / sy) + zy).</summary>
    public static string? QLinearMatMul(BodyBuilder b)
    {
        if (b.Element(0) is not (ElementType.UInt8 or ElementType.Int8)) return "its inputs have not 8-bit integers";
        if (IsSymmetric(b, 0, 2) && IsSymmetric(b, 3, 5) && IsOne(b.Input(1)))
            return Quantized(b, b.Add("MatMul", [Dequantized(b, 0, 1, 2), Dequantized(b, 3, 4, 5, axis: -1)]), 6, 7);
        if (!IsOne(b.Input(1))) return "it has a scale for each row";
        if (Centered(b, 0, 2, -2) is not { } left || Centered(b, 3, 5, -1) is not { } right) return NoRank;
        Value product = b.Add("MatMul", [left, right]);
        return Factor(b, product, -1) is { } factor ? Quantize(b, b.Add("Mul", [product, factor]), 7) : NoRank;
    }

    /// <summary>
    /// QGemm(A, sA, zA, B, sB, zB, C?, sY?, zY?): alpha (A - zA)(B - zB) sA sB + C alpha sA sB, quantized where sY is given; op may
    /// transpose both.
    /// </summary>
    public static string? QGemm(BodyBuilder b)
    {
        int channel = b.Attributes.Int("transB") != 0 ? 0 : 1;
        float alpha = b.Attributes.Float("alpha", 1);
        (string, AttributeValue)[] turns = b.Own("transA", "transB");
        if (alpha == 1 && IsSymmetric(b, 0, 2) && IsSymmetric(b, 3, 5))
        {
            Value?[] operands = [Dequantized(b, 0, 1, 2), Dequantized(b, 3, 4, 5, channel)];
            if (b.Has(6)) operands = [.. operands, RealBias(b, 6, 1, 4)];
            Value real = b.Add("Gemm", operands, turns);
            if (b.Has(7)) return Quantized(b, real, 7, 8);
            StoreFloats(b, 0, real);
            return null;
        }
        if (Centered(b, 0, 2) is not { } left || Centered(b, 3, 5, channel) is not { } right) return NoRank;
        Value sum = b.Add("Gemm", b.Has(6) ? [left, right, Whole(b, b.Input(6))] : [left, right], turns);
        if (Scale(b, 4, sum, 1) is not { } scale) return NoRank;
        Value factor = b.Add("Mul", [Scaled(b, alpha), scale]);
        if (b.Has(7)) return Quantize(b, b.Add("Mul", [sum, b.Add("Div", [factor, One(b, 7)])]), 8);
        StoreFloats(b, 0, b.Add("Mul", [sum, factor]));
        return null;
    }

    /// <summary>MatMulIntegerToFloat(A, B, sA, sB, zA?, zB?, bias?) = (A - zA)(B - zB) sA sB + bias.</summary>
    public static string? MatMulIntegerToFloat(BodyBuilder b)
    {
        if (!IsOne(b.Input(2))) return "it has a scale for each row";
        if (Product(b, 0, 1, 2, 3, 4, 5) is not { } real) return NoRank;
        if (b.Has(6)) real = b.Add("Add", [real, b.Cast(b.Input(6), ElementType.Float32)]);
        StoreFloats(b, 0, real);
        return null;
    }

    /// <summary>(A - zA)(B - zB) sA sB in f32, with one scale for A.</summary>
    public static Value? Product(BodyBuilder b, int left, int right, int scaleLeft, int scaleRight, int zeroLeft, int zeroRight)
    {
        if (Centered(b, left, zeroLeft, -2) is not { } x || Centered(b, right, zeroRight, -1) is not { } w) return null;
        Value product = b.Add("MatMul", [x, w]);
        return Scale(b, scaleRight, product, -1) is { } scale
            ? b.Add("Mul", [product, b.Add("Mul", [One(b, scaleLeft), scale])]) : null;
    }

    /// <summary>sx sw / sy, in the order of ONNX Runtime, where the inputs 1, 4 and 6 are these scales.</summary>
    private static Value? Factor(BodyBuilder b, Value sum, int axis) => Scale(b, 4, sum, axis) is { } scale
        ? b.Add("Div", [b.Add("Mul", [One(b, 1), scale]), One(b, 6)]) : null;

    /// <summary>A bias of i32 whose scale is the product of two scales.</summary>
    private static Value RealBias(BodyBuilder b, int bias, int scaleOfInput, int scaleOfWeight) =>
        b.Add("Mul", [Whole(b, b.Input(bias)), b.Add("Mul", [One(b, scaleOfInput), b.Input(scaleOfWeight)])]);

    private static Value Scaled(BodyBuilder b, float alpha) =>
        alpha == 1 ? One(b, 1) : b.Add("Mul", [b.Number(ElementType.Float32, alpha), One(b, 1)]);

    /// <summary>A scale of one number as a scalar in f32.</summary>
    private static Value One(BodyBuilder b, int scale) => Scale(b, scale, b.Input(scale), 0)!;

    private static bool IsOne(Value scale) => scale.Shape is { } s && (s.Rank == 0 || s.Dims.All(d => d.Is(1)));
}
