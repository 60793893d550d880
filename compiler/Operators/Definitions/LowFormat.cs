namespace GraphPartition.Operators.Definitions;

/// <summary>A 16-bit floating-point format: FP16 (IEEE 754 binary16) or BF16 (the upper half of binary32).</summary>
/// <param name="Element">The element type.</param>
/// <param name="Name">The name in options and reports.</param>
/// <param name="Largest">The largest finite number.</param>
/// <param name="SmallestNormal">The smallest positive number with all significand bits; below it numbers lose bits, then become 0.</param>
public sealed record LowFormat(ElementType Element, string Name, float Largest, float SmallestNormal)
{
    /// <summary>5 exponent bits, 11 significand bits.</summary>
    public static LowFormat Fp16 { get; } = new(ElementType.Float16, "fp16", 65504f, 6.1035156e-5f);

    /// <summary>8 exponent bits, 8 significand bits: the range of FP32 with 3 decimal digits less than FP16.</summary>
    public static LowFormat Bf16 { get; } = new(ElementType.BFloat16, "bf16", 3.3895314e38f, 1.1754944e-38f);

    /// <summary>Whether its range is narrower than that of FP32.</summary>
    public bool IsNarrow => Element == ElementType.Float16;

    /// <summary>The format of an element type.</summary>
    /// <returns>The format, or null where the type is no 16-bit float.</returns>
    public static LowFormat? Of(ElementType element) =>
        element == Fp16.Element ? Fp16 : element == Bf16.Element ? Bf16 : null;

    /// <summary>The format of a name.</summary>
    /// <returns>The format, or null where no 16-bit float has this name.</returns>
    public static LowFormat? Named(string? name) => name == Fp16.Name ? Fp16 : name == Bf16.Name ? Bf16 : null;

    /// <summary>The bits of the nearest number of the format, ties to even. What is too large becomes infinite.</summary>
    public ushort Bits(float x)
    {
        if (IsNarrow) return BitConverter.HalfToUInt16Bits((Half)x);
        uint bits = BitConverter.SingleToUInt32Bits(x);
        if (float.IsNaN(x)) return (ushort)((bits >> 16) | 0x40); // the cut must not make an infinity of it
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The number that bits of the format represent.</summary>
    public float Number(ushort bits) =>
        IsNarrow ? (float)BitConverter.UInt16BitsToHalf(bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearest number of the format.</summary>
    public float Round(float x) => Number(Bits(x));
}
