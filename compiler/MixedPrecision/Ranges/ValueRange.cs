namespace GraphPartition.MixedPrecision.Ranges;

/// <summary>The numbers that an FP32 value had in runs of the model.</summary>
/// <param name="Least">The least finite number; plus infinite where there is none.</param>
/// <param name="Most">The greatest finite number; minus infinite where there is none.</param>
/// <param name="Smallest">The smallest magnitude other than 0; infinite where all are 0.</param>
/// <param name="NaNs">How many were NaN.</param>
/// <param name="Infinities">How many were infinite.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Energy">The sum of their squares.</param>
/// <param name="LostEnergy">The sum of the squares of the errors that rounding to the format makes; overflows are left out.</param>
public readonly record struct ValueRange(
    float Least, float Most, float Smallest, long NaNs, long Infinities, long Count, double Energy, double LostEnergy)
{
    /// <summary>Other inputs may give larger numbers than the samples, so half of the format's range stays free.</summary>
    internal const float Margin = 2;

    /// <summary>The share of the energy that may get lost. Rounding loses less than 2e-5 in BF16; more is lost by what becomes 0.</summary>
    private const double MostLostEnergy = 1e-3;

    /// <summary>No numbers.</summary>
    public static ValueRange None => new(float.PositiveInfinity, float.NegativeInfinity, float.PositiveInfinity, 0, 0, 0, 0, 0);

    /// <summary>The largest magnitude of a finite number; 0 where there is none.</summary>
    public float Largest => Least > Most ? 0 : MathF.Max(MathF.Abs(Least), MathF.Abs(Most));

    /// <summary>Whether a number is NaN or infinite.</summary>
    public bool HasNonFinite => NaNs > 0 || Infinities > 0;

    /// <summary>Why the numbers do not fit into a format, as the end of "its result ..."; null where they do.</summary>
    public string? Fault(LowFormat format)
    {
        if (Largest > format.Largest / Margin)
            return $"reaches {(MathF.Abs(Least) > MathF.Abs(Most) ? Least : Most):g6} on the samples; {format.Name} ends at {format.Largest:g6}";
        return LostEnergy > MostLostEnergy * Energy
            ? $"loses {LostEnergy / Energy:p2} of its energy on the samples: its numbers are too small for {format.Name}" : null;
    }

    /// <summary>The range of these numbers and of those in a tensor.</summary>
    public ValueRange With(ReadOnlySpan<float> numbers, LowFormat? format)
    {
        (float least, float most, float smallest) = (Least, Most, Smallest);
        (long nans, long infinities, double energy, double lost) = (NaNs, Infinities, Energy, LostEnergy);
        foreach (float x in numbers)
        {
            if (!float.IsFinite(x))
            {
                if (float.IsNaN(x)) nans++;
                else infinities++;
                continue;
            }
            if (x < least) least = x;
            if (x > most) most = x;
            float size = MathF.Abs(x);
            if (size != 0 && size < smallest) smallest = size;
            energy += (double)x * x;
            if (format is null) continue;
            double error = (double)x - format.Round(x);
            if (double.IsFinite(error)) lost += error * error;
        }
        return new(least, most, smallest, nans, infinities, Count + numbers.Length, energy, lost);
    }
}
