using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.Comparison;

/// <summary>How two tensors differ.</summary>
/// <param name="MaxAbsolute">The greatest |actual - expected|; infinite where only one of two numbers is finite.</param>
/// <param name="MaxRelative">The greatest |actual - expected| / |expected| where the expected value is not 0; infinite as above.</param>
/// <param name="Outside">The number of elements outside the tolerance.</param>
/// <param name="Fault">What is wrong, in words; null if the tensors agree.</param>
public sealed record TensorDifference(double MaxAbsolute, double MaxRelative, long Outside, string? Fault)
{
    /// <summary>
    /// The signal-to-noise ratio in decibels, 10 log10(sum of expected^2 / sum of (actual - expected)^2), by the rules of
    /// <see cref="SignalQuality"/>; null where there is no difference, no signal, or no floating-point number.
    /// </summary>
    public double? SignalToNoise { get; init; }

    /// <summary>Whether all elements are within the tolerance.</summary>
    public bool Agrees => Fault is null;

    /// <summary>Compares element by element.</summary>
    /// <param name="expected">The expected tensor.</param>
    /// <param name="actual">The actual tensor.</param>
    /// <param name="tolerance">Applies to floating-point and complex elements; others must be equal.</param>
    public static TensorDifference Between(TensorData expected, TensorData actual, Tolerance tolerance)
    {
        if (expected.Element != actual.Element || !expected.Dims.AsSpan().SequenceEqual(actual.Dims.AsSpan()))
            return new(0, 0, 0, $"expected {expected.Type}, got {actual.Type}");
        if (expected is StringTensor a && actual is StringTensor b) return Strings(a, b);

        // A complex number is compared as its two parts.
        (ElementType part, int parts) = expected.Element switch
        {
            ElementType.Complex64 => (ElementType.Float32, 2),
            ElementType.Complex128 => (ElementType.Float64, 2),
            var other => (other, 1),
        };
        return Reals(part, (int)expected.ElementCount * parts, expected.Bytes.Span, actual.Bytes.Span,
            Numbers.IsFloat(part) ? tolerance : Tolerance.Exact);
    }

    private static TensorDifference Reals(
        ElementType type, int count, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, Tolerance tolerance)
    {
        SignalQuality quality = SignalQuality.Between(type, expected, type, actual, count, tolerance.Absolute, tolerance.Relative);
        string? fault = null;
        for (int i = 0; quality.Outside > 0 && fault is null && i < count; i++)
        {
            double e = Numbers.At(type, expected, i), a = Numbers.At(type, actual, i);
            if (!tolerance.Accepts(e, a)) fault = $"element {i}: expected {e:G9}, got {a:G9}";
        }
        return new(quality.MaxAbsolute, quality.MaxRelative, quality.Outside, fault is null ? null : $"{quality.Outside} of {count} elements "
            + $"differ; {fault}; max |diff| {quality.MaxAbsolute:G4}, max relative {quality.MaxRelative:G4}")
        {
            SignalToNoise = Numbers.IsFloat(type) && quality is { Signal: > 0, Noise: > 0 } ? quality.Decibels : null,
        };
    }

    private static TensorDifference Strings(StringTensor expected, StringTensor actual)
    {
        long outside = 0;
        for (int i = 0; i < expected.Values.Length; i++)
            if (!expected.Values[i].Span.SequenceEqual(actual.Values[i].Span)) outside++;
        return new(0, 0, outside, outside == 0 ? null : $"{outside} of {expected.Values.Length} strings differ");
    }
}
