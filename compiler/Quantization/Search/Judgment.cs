using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.Quantization.Search;

/// <summary>
/// What a choice gives in single runs: for each the mean of the outputs in dB. Two choices are compared run by run, since a run that is
/// hard for one is hard for the other too.
/// </summary>
/// <param name="Decibels">One number for each run, from -100 to 150.</param>
internal sealed record Judgment(ImmutableArray<double> Decibels)
{
    private const double Least = -100, Most = 150; // a saturated output has any number of dB
    private const double Deviations = 2; // of the mean: how numbers round is chance, and of many choices one is lucky

    /// <summary>The mean of all runs.</summary>
    public double Mean => Decibels.DefaultIfEmpty(Most).Average();

    /// <summary>The judgment of runs.</summary>
    public static Judgment Of(IEnumerable<ImmutableArray<OutputMeasure>> runs) => new([.. runs.Select(outputs => outputs
        .Select(m => double.IsNaN(m.Decibels) ? Least : Math.Clamp(m.Decibels, Least, Most)).DefaultIfEmpty(Most).Average())]);

    /// <summary>Whether this choice is better by more than some dB, and not only by chance.</summary>
    public bool IsBetterThan(Judgment other, double least)
    {
        double[] gains = [.. Decibels.Zip(other.Decibels, (a, b) => a - b)];
        if (gains.Length == 0) return false;
        double mean = gains.Average(), variance = gains.Sum(g => (g - mean) * (g - mean)) / Math.Max(1, gains.Length - 1);
        return mean > least && mean > Deviations * Math.Sqrt(variance / gains.Length);
    }
}
