using System.Buffers.Binary;

namespace GraphPartition.Ir.Tensors;

/// <summary>Elements of any numeric type, read as doubles (64-bit integers beyond 2^53 lose their last bits).</summary>
public static class Numbers
{
    /// <summary>Whether the elements can be read: numeric and not complex.</summary>
    public static bool IsReal(ElementType type) =>
        type is not (ElementType.Undefined or ElementType.String or ElementType.Complex64 or ElementType.Complex128);

    /// <summary>Whether the type is a floating-point type.</summary>
    public static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16
        or ElementType.BFloat16 or ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2
        or ElementType.Float8E5M2FNUZ or ElementType.Float4E2M1 or ElementType.Float8E8M0;

    /// <summary>The element at <paramref name="index"/> of packed little-endian elements.</summary>
    public static double At(ElementType type, ReadOnlySpan<byte> bytes, int index)
    {
        int width = type.Bits() / 8;
        ReadOnlySpan<byte> at = width > 0 ? bytes.Slice(index * width, width) : bytes;
        return type switch
        {
            ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            ElementType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
            ElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
            ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
            ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
            ElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            ElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            ElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            ElementType.Int8 => (sbyte)at[0],
            ElementType.UInt8 or ElementType.Bool => at[0],
            ElementType.UInt4 => Packed(bytes, index, 4),
            ElementType.Int4 => SignExtend(Packed(bytes, index, 4), 4),
            ElementType.UInt2 => Packed(bytes, index, 2),
            ElementType.Int2 => SignExtend(Packed(bytes, index, 2), 2),
            ElementType.Float4E2M1 => SmallFloat(Packed(bytes, index, 4), exponentBits: 2, mantissaBits: 1, bias: 1),
            ElementType.Float8E4M3FN => (at[0] & 0x7F) == 0x7F ? double.NaN : SmallFloat(at[0], 4, 3, 7),
            ElementType.Float8E4M3FNUZ => at[0] == 0x80 ? double.NaN : SmallFloat(at[0], 4, 3, 8),
            ElementType.Float8E5M2 => (double)BitConverter.UInt16BitsToHalf((ushort)(at[0] << 8)), // the upper half of a half
            ElementType.Float8E5M2FNUZ => at[0] == 0x80 ? double.NaN : SmallFloat(at[0], 5, 2, 16),
            ElementType.Float8E8M0 => at[0] == 0xFF ? double.NaN : Math.ScaleB(1, at[0] - 127),
            _ => throw new ArgumentOutOfRangeException(nameof(type), $"{type} is not a real number"),
        };
    }

    /// <summary>A number as a scalar, rounded to the element type (to nearest, ties to even).</summary>
    /// <returns>The scalar, of shape []; null where the type is none of the usual numeric types.</returns>
    public static TensorData? Scalar(ElementType type, double number) => type switch
    {
        ElementType.Float32 => TensorData.Scalar(type, (float)number),
        ElementType.Float64 => TensorData.Scalar(type, number),
        ElementType.Float16 => TensorData.Scalar(type, (Half)number),
        // The upper half of the float, with half of what is cut off added first.
        ElementType.BFloat16 => TensorData.Scalar(type, (ushort)((BitConverter.SingleToUInt32Bits((float)number)
            + 0x7FFF + ((BitConverter.SingleToUInt32Bits((float)number) >> 16) & 1)) >> 16)),
        ElementType.Int64 => TensorData.Scalar(type, (long)number),
        ElementType.UInt64 => TensorData.Scalar(type, (ulong)number),
        ElementType.Int32 => TensorData.Scalar(type, (int)number),
        ElementType.UInt32 => TensorData.Scalar(type, (uint)number),
        ElementType.Int16 => TensorData.Scalar(type, (short)number),
        ElementType.UInt16 => TensorData.Scalar(type, (ushort)number),
        ElementType.Int8 => TensorData.Scalar(type, (sbyte)number),
        ElementType.UInt8 => TensorData.Scalar(type, (byte)number),
        ElementType.Bool => TensorData.Scalar(type, number != 0),
        _ => null,
    };

    private static int Packed(ReadOnlySpan<byte> bytes, int index, int bits)
    {
        int perByte = 8 / bits;
        return (bytes[index / perByte] >> (index % perByte * bits)) & ((1 << bits) - 1);
    }

    private static int SignExtend(int value, int bits) => value << (32 - bits) >> (32 - bits);

    /// <summary>sign, exponent, mantissa; exponent 0 is subnormal: (-1)^s * 0.m * 2^(1-bias), else (-1)^s * 1.m * 2^(e-bias).</summary>
    private static double SmallFloat(int bits, int exponentBits, int mantissaBits, int bias)
    {
        int mantissa = bits & ((1 << mantissaBits) - 1);
        int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
        bool negative = ((bits >> (mantissaBits + exponentBits)) & 1) != 0;
        double fraction = mantissa / (double)(1 << mantissaBits);
        double value = exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias);
        return negative ? -value : value;
    }
}
