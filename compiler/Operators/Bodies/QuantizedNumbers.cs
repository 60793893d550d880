using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Numbers of 8 bits in float arithmetic. A 32-bit float holds every whole number up to 2^24. So numbers of 8 bits, their differences (at
/// most 510), products of these and sums that stay within 2^24 are exact: 258 products of the largest numbers, and far more in practice.
/// A larger sum is rounded as other sums of floats are: its relative error is at most 2^-24 for each addition.
/// </summary>
internal static class QuantizedNumbers
{
    private const int FewElements = 64; // of a constant that is written in floats, because TensorRT dequantizes no scalars

    /// <summary>
    /// Whether TensorRT can hold the numbers in i8 with the zero point 0: the type is i8 and the zero point is 0, or it is u8 and the zero
    /// point is 128. q - 128 is in -128 to 127 if q is in 0 to 255, so the shift loses nothing.
    /// </summary>
    public static bool IsSymmetric(BodyBuilder b, int tensor, int zero)
    {
        int middle = b.Element(tensor) == ElementType.UInt8 ? 128 : 0;
        return b.Has(zero) ? IsFilledWith(b.Input(zero), middle) : middle == 0;
    }

    /// <summary>Whether a value is a constant of which each element is this number.</summary>
    public static bool IsFilledWith(Value value, int number) =>
        value.Data?.ToIntegers() is { } elements && Array.TrueForAll(elements, e => e == number);

    /// <summary>The difference of a tensor of whole numbers and its zero point, in f32.</summary>
    /// <param name="b">The body.</param>
    /// <param name="tensor">The tensor's input.</param>
    /// <param name="zero">The input of the zero point; where it is left out, the zero point is 0.</param>
    /// <param name="axis">The axis of a zero point for each channel.</param>
    /// <returns>The difference, or null where the rank that places the zero point is not known.</returns>
    public static Value? Centered(BodyBuilder b, int tensor, int zero, int axis = 0)
    {
        Value q = b.Input(tensor);
        Value? z = b.Has(zero) ? b.Input(zero) : null;
        if (q.Data is { } data && (z is null || z.Data is not null)) return Centered(b, q, data, z?.Data, axis);
        Value whole = Whole(b, q);
        if (z is null || IsFilledWith(z, 0)) return whole;
        return Along(b, Whole(b, z), q, axis) is { } placed ? b.Add("Sub", [whole, placed]) : null;
    }

    /// <summary>Whole numbers of a value as f32. TensorRT casts no i8; to dequantize them with the scale 1 is the same.</summary>
    public static Value Whole(BodyBuilder b, Value value) => value.Data is { ElementCount: <= FewElements } data ? Floats(b, data)
        : value.ElementType == ElementType.Int8 ? b.Add("DequantizeLinear", [value, b.Number(ElementType.Float32, 1)])
        : b.Cast(value, ElementType.Float32);

    /// <summary>A scale in f32. It can be multiplied with a tensor: one for each channel lies along the axis.</summary>
    /// <returns>The scale, or null where the rank of the tensor is not known.</returns>
    public static Value? Scale(BodyBuilder b, int scale, Value tensor, int axis) =>
        Along(b, b.Cast(b.Input(scale), ElementType.Float32), tensor, axis);

    /// <summary>
    /// Rounds f32 numbers to the 8-bit numbers of an output: saturate(round(v) + z), with ties to even, as QuantizeLinear does. With
    /// constants it is clip(round(v), least - z, most - z) + z: the clipped numbers are whole, so clipping before or
    /// after the addition gives the same.
    /// </summary>
    /// <param name="b">The body.</param>
    /// <param name="v">The numbers, divided by their scale.</param>
    /// <param name="zero">The input of the zero point; where it is left out, the zero point is 0.</param>
    /// <param name="axis">The axis of a zero point for each channel.</param>
    /// <returns>Null, or why it cannot be expressed.</returns>
    public static string? Quantize(BodyBuilder b, Value v, int zero, int axis = 0)
    {
        ElementType type = b.OutputElement(0);
        if (type is not (ElementType.UInt8 or ElementType.Int8)) return $"its result is {type.Keyword()}";
        Value rounded = b.Add("Round", [v]);
        if (b.Has(zero) && b.Input(zero).Data?.ToIntegers(FewElements) is not [_])
        {
            if (Along(b, Whole(b, b.Input(zero)), v, axis) is not { } z) return "the rank of its input is not known";
            Store(b, 0, Clip(b, b.Add("Add", [rounded, z]), type, 0));
            return null;
        }
        long shift = b.Has(zero) ? b.Input(zero).Data!.ToIntegers()![0] : 0;
        Value clipped = Clip(b, rounded, type, shift);
        Store(b, 0, shift == 0 ? clipped : b.Add("Add", [clipped, b.Number(ElementType.Float32, shift)]));
        return null;
    }

    /// <summary>Sets an 8-bit output to whole numbers of its range. QuantizeLinear with the scale 1 is the cast to i8.</summary>
    public static void Store(BodyBuilder b, int output, Value whole)
    {
        if (b.OutputElement(output) != ElementType.Int8) b.Result(output, "Cast", [whole], ("to", (long)b.OutputElement(output)));
        else b.Result(output, "QuantizeLinear", [whole, b.Number(ElementType.Float32, 1), b.Number(ElementType.Int8, 0)]);
    }

    private static Value Clip(BodyBuilder b, Value whole, ElementType type, long shift)
    {
        (int least, int most) = type == ElementType.Int8 ? (-128, 127) : (0, 255);
        return b.Add("Clip", [whole, b.Number(ElementType.Float32, least - shift), b.Number(ElementType.Float32, most - shift)]);
    }

    /// <summary>A value of one number as a scalar; one number for each channel in a shape that lies along the axis of a tensor.</summary>
    private static Value? Along(BodyBuilder b, Value parameter, Value tensor, int axis)
    {
        if (parameter.Shape is not { } shape) return null;
        if (shape.Rank == 0) return parameter;
        if (shape.Rank > 1) return parameter; // it has the tensor's rank and is broadcast
        if (shape[0].Is(1)) return parameter.Data is { } one ? b.Constant(Reshaped(one, [])) : b.Reshape(parameter, []);
        if (tensor.Shape is not { } of) return null;
        if (axis < 0) axis += of.Rank;
        if (axis < 0 || axis >= of.Rank) return null;
        if (axis == of.Rank - 1) return parameter;
        long[] dims = new long[of.Rank - axis];
        Array.Fill(dims, 1);
        dims[0] = -1;
        if (parameter.Data is not { } data) return b.Reshape(parameter, dims);
        dims[0] = data.ElementCount;
        return b.Constant(Reshaped(data, [.. dims]));
    }

    private static MemoryTensor Reshaped(TensorData data, ImmutableArray<long> dims) => new(data.Element, dims, data.Bytes);

    private static Value Floats(BodyBuilder b, TensorData data)
    {
        var floats = new float[data.ElementCount];
        for (int i = 0; i < floats.Length; i++) floats[i] = (float)Numbers.At(data.Element, data.Bytes.Span, i);
        return b.Constant(TensorData.Floats(floats, data.Dims.AsSpan()));
    }

    /// <summary>
    /// The difference of a constant and its constant zero point. Where i8 holds it, it stays a constant of bytes behind DequantizeLinear.
    /// </summary>
    private static Value? Centered(BodyBuilder b, Value q, TensorData data, TensorData? zero, int axis)
    {
        long[] zeros = zero is null ? [0] : zero.ToIntegers(long.MaxValue)!;
        if (axis < 0) axis += data.Dims.Length;
        if (zeros.Length > 1 && (axis >= data.Dims.Length || zero!.Dims.Length != 1 || zeros.Length != data.Dims[axis])) return null;
        int inner = 1;
        for (int d = axis + 1; d < data.Dims.Length && zeros.Length > 1; d++) inner *= (int)data.Dims[d];
        bool isSigned = data.Element == ElementType.Int8, isBytes = true;
        ReadOnlySpan<byte> bytes = data.Bytes.Span;
        var centered = new short[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            long zeroOf = zeros.Length == 1 ? zeros[0] : zeros[i / inner % zeros.Length];
            centered[i] = (short)((isSigned ? (sbyte)bytes[i] : bytes[i]) - zeroOf);
            isBytes &= centered[i] is >= sbyte.MinValue and <= sbyte.MaxValue;
        }
        if (!isBytes || centered.Length <= FewElements)
            return b.Constant(TensorData.Floats(Array.ConvertAll(centered, c => (float)c), data.Dims.AsSpan()));
        if (!isSigned || Array.Exists(zeros, z => z != 0))
            q = b.Constant(TensorData.Of<sbyte>(ElementType.Int8, Array.ConvertAll(centered, c => (sbyte)c), data.Dims.AsSpan()));
        return Whole(b, q);
    }
}
