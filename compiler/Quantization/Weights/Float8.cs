namespace GraphPartition.Quantization.Weights;

/// <summary>Float8 E4M3FN: 4 exponent bits with bias 7, 3 bits of fraction, no infinities; the largest number is 448.</summary>
public static class Float8
{
    private const float Largest = 448;

    /// <summary>The bits of the nearest number, ties to even; larger numbers become the largest one.</summary>
    public static byte E4M3(float x)
    {
        if (float.IsNaN(x)) return 0x7F;
        int sign = x < 0 || float.IsNegative(x) ? 0x80 : 0;
        float size = MathF.Min(MathF.Abs(x), Largest);
        if (size == 0) return (byte)sign;
        int exponent = Math.Max(MathF.ILogB(size), -6); // below it numbers are subnormal: multiples of 2^-9
        int steps = (int)MathF.Round(MathF.ScaleB(size, 3 - exponent));
        if (steps == 16) (steps, exponent) = (8, exponent + 1);
        return (byte)(sign | (steps < 8 ? steps : ((exponent + 7) << 3) | (steps - 8)));
    }
}
