namespace GraphPartition.Quantization.Calibration;

/// <summary>
/// Thresholds for INT8 from a histogram of magnitudes, as NVIDIA's pytorch-quantization computes them
/// (https://docs.nvidia.com/deeplearning/tensorrt, "pytorch-quantization").
/// </summary>
public static class Thresholds
{
    private const int Levels = 128; // magnitudes of 8 bits with a sign
    private const double Equal = 1e-12; // two divergences that differ by less are equal

    /// <summary>The threshold of a method.</summary>
    /// <returns>0 where all numbers are 0; never more than the largest magnitude.</returns>
    public static float Of(CalibrationMethod method, MagnitudeHistogram histogram)
    {
        if (histogram.Width == 0) return 0;
        double threshold = method.Kind switch
        {
            CalibrationKind.Max => histogram.Largest,
            CalibrationKind.Percentile => Percentile(histogram, method.Percent),
            CalibrationKind.Mse => Mse(histogram),
            _ => Entropy(histogram),
        };
        return (float)Math.Min(threshold, histogram.Largest);
    }

    /// <summary>The smallest edge with at least the share of all magnitudes below it.</summary>
    private static double Percentile(MagnitudeHistogram histogram, double percent)
    {
        double wanted = percent / 100 * histogram.Count;
        long below = 0;
        ReadOnlySpan<long> counts = histogram.Counts;
        for (int i = 0; i < counts.Length; i++)
            if ((below += counts[i]) >= wanted) return (i + 1) * histogram.Width;
        return histogram.Largest;
    }

    /// <summary>
    /// Of the centers of the bins from 128 on, the first one T with the least sum of count * (q(c) - c)^2 over all centers c, where q
    /// rounds to multiples of T / 127 and clips at T.
    /// </summary>
    private static double Mse(MagnitudeHistogram histogram)
    {
        (double Center, double Count)[] bins = [.. Occupied(histogram)];
        (double best, double least) = (histogram.Largest, double.PositiveInfinity);
        for (int i = Levels; i < histogram.Counts.Length; i++)
        {
            double threshold = (i + 0.5) * histogram.Width, scale = threshold / QuantizationFormat.Int8.Largest, perScale = 1 / scale;
            double error = 0;
            foreach ((double center, double count) in bins)
            {
                double off = Math.Min(Math.Round(center * perScale), QuantizationFormat.Int8.Largest) * scale - center;
                error += count * off * off;
            }
            if (error < least) (best, least) = (threshold, error);
        }
        return best;
    }

    private static IEnumerable<(double Center, double Count)> Occupied(MagnitudeHistogram histogram)
    {
        for (int i = 0; i < histogram.Counts.Length; i++)
            if (histogram.Counts[i] > 0) yield return ((i + 0.5) * histogram.Width, histogram.Counts[i]);
    }

    /// <summary>
    /// The edge i with the least divergence of Q from P: P is the first i bins, with all others added to the last of them; Q has these
    /// bins, without the others, averaged in 128 equal levels over bins that are not empty. Of equal ones the last. With s the sum of P, t
    /// that of Q and S the sum of P in a level: sum P/s ln((P/s) / (Q/t)) = (sum P ln P - sum S ln Q) / s - ln s + ln t, so a candidate
    /// needs one logarithm for each level.
    /// </summary>
    private static double Entropy(MagnitudeHistogram histogram)
    {
        double[] bins = [.. histogram.Counts.ToArray().Select(c => (double)c)];
        bins[0] = bins[1]; // zeros would decide alone
        double[] before = Running(bins, x => x), logs = Running(bins, TimesLog);
        int[] occupied = [.. Running(bins, x => x > 0 ? 1 : 0).Select(x => (int)x)];
        double total = before[^1];
        if (total == 0) return histogram.Largest; // all numbers are in bin 0
        var divergence = new double[bins.Length + 1];
        for (int i = Levels; i <= bins.Length; i++)
        {
            double own = before[i], tail = total - own, last = bins[i - 1];
            divergence[i] = double.PositiveInfinity;
            if (own == 0 || (tail > 0 && last == 0)) continue; // P is above 0 where Q is 0
            double cross = 0;
            for (int level = 0; level < Levels; level++)
            {
                (int from, int to) = (FirstOf(level, i), FirstOf(level + 1, i));
                double sum = before[to] - before[from];
                if (sum == 0) continue;
                cross += (sum + (level == Levels - 1 ? tail : 0)) * Math.Log(sum / (occupied[to] - occupied[from]));
            }
            double p = logs[i] - TimesLog(last) + TimesLog(last + tail);
            divergence[i] = (p - cross) / total - Math.Log(total) + Math.Log(own);
        }
        double least = divergence[Levels..].Min();
        int best = Array.FindLastIndex(divergence, d => d <= least + Equal);
        return best >= Levels ? best * histogram.Width : histogram.Largest;
    }

    /// <summary>The first bin of a level: bin j of i is in level 128 j / i.</summary>
    private static int FirstOf(int level, int i) => (level * i + Levels - 1) / Levels;

    private static double TimesLog(double x) => x > 0 ? x * Math.Log(x) : 0;

    private static double[] Running(double[] bins, Func<double, double> term)
    {
        var sums = new double[bins.Length + 1];
        for (int i = 0; i < bins.Length; i++) sums[i + 1] = sums[i] + term(bins[i]);
        return sums;
    }
}
