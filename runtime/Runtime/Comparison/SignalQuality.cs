using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.Comparison;

/// <summary>How well a tensor keeps another, as a whole: for results that are rounded on purpose.</summary>
/// <param name="Decibels">
/// The signal-to-noise ratio 10 log10(sum x^2 / sum (x - y)^2) in dB: infinite where both are equal, minus infinite where y is not finite
/// and x is.
/// </param>
/// <param name="Cosine">The cosine of the angle between both; 1 where both are 0.</param>
/// <param name="MaxAbsolute">The greatest |x - y|.</param>
public sealed record SignalQuality(double Decibels, double Cosine, double MaxAbsolute)
{
    /// <summary>Compares two tensors of real numbers. Elements that are the same infinity, or NaN in both, are left out.</summary>
    /// <param name="expected">x.</param>
    /// <param name="actual">y, of the same dimensions; its element type may differ.</param>
    /// <returns>The quality; null where the tensors are not comparable: other dimensions, strings, complex numbers.</returns>
    public static SignalQuality? Between(TensorData expected, TensorData actual)
    {
        if (!Numbers.IsReal(expected.Element) || !Numbers.IsReal(actual.Element)
            || !expected.Dims.AsSpan().SequenceEqual(actual.Dims.AsSpan())) return null;
        ReadOnlySpan<byte> xs = expected.Bytes.Span, ys = actual.Bytes.Span;
        double signal = 0, noise = 0, other = 0, both = 0, max = 0;
        for (int i = 0; i < expected.ElementCount; i++)
        {
            double x = Numbers.At(expected.Element, xs, i), y = Numbers.At(actual.Element, ys, i);
            if (!double.IsFinite(x) || !double.IsFinite(y))
            {
                if (x.Equals(y)) continue;
                return new(double.NegativeInfinity, double.NaN, double.PositiveInfinity);
            }
            signal += x * x;
            other += y * y;
            both += x * y;
            noise += (x - y) * (x - y);
            max = Math.Max(max, Math.Abs(x - y));
        }
        double cosine = signal == 0 && other == 0 ? 1 : signal == 0 || other == 0 ? 0 : both / Math.Sqrt(signal) / Math.Sqrt(other);
        return new(noise == 0 ? double.PositiveInfinity : DecibelsOf(signal, noise), Math.Min(1, cosine), max);
    }

    /// <summary>The ratio of the energies of a signal and of its noise, in dB.</summary>
    internal static double DecibelsOf(double signal, double noise) => 10 * Math.Log10(signal / noise);
}
