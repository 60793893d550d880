namespace GraphPartition.MixedPrecision.Constants;

/// <summary>What the numbers of an FP32 constant lose in a 16-bit format. Computed in one walk over the numbers.</summary>
/// <param name="HasNaN">Whether a number is NaN.</param>
/// <param name="Overflow">A finite number that becomes infinite, or 0 where there is none.</param>
/// <param name="Worst">The number other than 0 with the greatest relative error, or 0 where none has an error.</param>
/// <param name="WorstError">Its relative error: |x - low(x)| / |x|; 1 where it becomes 0.</param>
/// <param name="LostEnergy">sum (x - low(x))^2 / sum x^2, over finite numbers that do not overflow.</param>
internal sealed record ConstantLoss(bool HasNaN, float Overflow, float Worst, double WorstError, double LostEnergy)
{
    /// <summary>Relative error of a number that counts by itself; rounding in BF16 makes at most half of it.</summary>
    private const double MostError = 1.0 / 128;

    /// <summary>The share of a weight's energy that may get lost; rounding in BF16 loses less than 2e-5.</summary>
    private const double MostLostEnergy = 1e-3;

    public static ConstantLoss Of(ReadOnlySpan<float> numbers, LowFormat format)
    {
        bool hasNaN = false;
        float overflow = 0, worst = 0;
        double worstError = 0, lost = 0, all = 0;
        foreach (float x in numbers)
        {
            if (!float.IsFinite(x))
            {
                hasNaN |= float.IsNaN(x);
                continue;
            }
            float low = format.Round(x);
            if (!float.IsFinite(low))
            {
                if (MathF.Abs(x) > MathF.Abs(overflow)) overflow = x;
                continue;
            }
            double error = (double)x - low;
            all += (double)x * x;
            lost += error * error;
            if (error == 0) continue;
            double relative = Math.Abs(error / x);
            if (relative > worstError) (worst, worstError) = (x, relative);
        }
        return new(hasNaN, overflow, worst, worstError, all == 0 ? 0 : lost / all);
    }

    /// <summary>Why a node must not take the constant in the format; null where it may.</summary>
    /// <param name="name">The constant.</param>
    /// <param name="format">The format.</param>
    /// <param name="isExact">Whether each number counts.</param>
    /// <param name="limitsNothing">Whether numbers near the end of FP32 are bounds that limit nothing.</param>
    public string? Fault(string name, LowFormat format, bool isExact, bool limitsNothing)
    {
        if (Overflow != 0 && !(limitsNothing && MathF.Abs(Overflow) > 1e38f))
            return $"constant '{name}' holds {Overflow:g6}, too large for {format.Name} (at most {format.Largest:g6})";
        if (isExact && WorstError > MostError)
            return WorstError >= 1 ? $"constant '{name}' holds {Worst:g6}, which is 0 in {format.Name}"
                : $"constant '{name}' holds {Worst:g6}, which is {format.Round(Worst):g6} in {format.Name}";
        return LostEnergy > MostLostEnergy
            ? $"constant '{name}' loses {LostEnergy:p2} of its energy: its numbers are too small for {format.Name}" : null;
    }
}
