namespace GraphPartition.Foundation;

/// <summary>The type of one tensor element. The numbers are those of ONNX's TensorProto.DataType, so that a cast converts.</summary>
public enum ElementType : byte
{
    /// <summary>Not known.</summary>
    Undefined = 0,
    /// <summary>IEEE 754 single precision.</summary>
    Float32 = 1,
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 2,
    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 3,
    /// <summary>Unsigned 16-bit integer.</summary>
    UInt16 = 4,
    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 5,
    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 6,
    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 7,
    /// <summary>A string of bytes, by convention UTF-8.</summary>
    String = 8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,
    /// <summary>IEEE 754 half precision.</summary>
    Float16 = 10,
    /// <summary>IEEE 754 double precision.</summary>
    Float64 = 11,
    /// <summary>Unsigned 32-bit integer.</summary>
    UInt32 = 12,
    /// <summary>Unsigned 64-bit integer.</summary>
    UInt64 = 13,
    /// <summary>Two <see cref="Float32"/>.</summary>
    Complex64 = 14,
    /// <summary>Two <see cref="Float64"/>.</summary>
    Complex128 = 15,
    /// <summary>The upper half of a <see cref="Float32"/>.</summary>
    BFloat16 = 16,
    /// <summary>8-bit float, 4 exponent bits, no infinities.</summary>
    Float8E4M3FN = 17,
    /// <summary>8-bit float, 4 exponent bits, no infinities, no negative zero.</summary>
    Float8E4M3FNUZ = 18,
    /// <summary>8-bit float, 5 exponent bits.</summary>
    Float8E5M2 = 19,
    /// <summary>8-bit float, 5 exponent bits, no infinities, no negative zero.</summary>
    Float8E5M2FNUZ = 20,
    /// <summary>Unsigned 4-bit integer, two to a byte, the first in the low half.</summary>
    UInt4 = 21,
    /// <summary>Signed 4-bit integer, two to a byte, the first in the low half.</summary>
    Int4 = 22,
    /// <summary>4-bit float, two to a byte.</summary>
    Float4E2M1 = 23,
    /// <summary>8-bit power of two.</summary>
    Float8E8M0 = 24,
    /// <summary>Unsigned 2-bit integer, four to a byte.</summary>
    UInt2 = 25,
    /// <summary>Signed 2-bit integer, four to a byte.</summary>
    Int2 = 26,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>Bits of one element; 0 for <see cref="ElementType.String"/> and <see cref="ElementType.Undefined"/>.</summary>
    public static int Bits(this ElementType type) => type switch
    {
        ElementType.UInt2 or ElementType.Int2 => 2,
        ElementType.UInt4 or ElementType.Int4 or ElementType.Float4E2M1 => 4,
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool
            or ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2
            or ElementType.Float8E5M2FNUZ or ElementType.Float8E8M0 => 8,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 16,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 32,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 or ElementType.Complex64 => 64,
        ElementType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>
    /// Bytes that <paramref name="count"/> elements take: sub-byte elements are packed, the last byte is padded.
    /// Throws <see cref="OverflowException"/> where the product does not fit 63 bits.
    /// </summary>
    public static long ByteCount(this ElementType type, long count) => checked((count * type.Bits() + 7) / 8);

    /// <summary>The short name used by the text form, for instance <c>f32</c> or <c>i64</c>.</summary>
    public static string Keyword(this ElementType type) => Keywords[(int)type];

    /// <summary>The element type of a text-form keyword.</summary>
    public static bool TryParse(string keyword, out ElementType type)
    {
        int i = Array.IndexOf(Keywords, keyword);
        type = i < 0 ? ElementType.Undefined : (ElementType)i;
        return i >= 0;
    }

    /// <summary>Whether the number is an element type that this library knows.</summary>
    public static bool IsKnown(int number) => number > 0 && number < Keywords.Length;

    private static readonly string[] Keywords =
    [
        "?", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "str", "bool", "f16", "f64", "u32", "u64", "c64", "c128", "bf16",
        "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "u4", "i4", "f4e2m1", "f8e8m0", "u2", "i2",
    ];
}
