using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Options;
using Xunit;

namespace GraphPartition.Quantization.Tests.Unit;

/// <summary>Each method of calibration against a plain, slow form of its definition.</summary>
public sealed class ThresholdTests
{
    private const int Tests = 12;

    /// <summary>Tensors of several shapes: noise, peaks, long tails.</summary>
    private static Arbitrary<(int Seed, int Shape, int Batches)> Descriptions =>
        Gen.Choose(1, 100000).SelectMany(s => Gen.Choose(0, 4).SelectMany(k => Gen.Choose(1, 3).Select(b => (s, k, b)))).ToArbitrary();

    private static (MagnitudeHistogram Histogram, float[] All) Filled((int Seed, int Shape, int Batches) d)
    {
        var random = new Random(d.Seed);
        var histogram = new MagnitudeHistogram();
        var all = new List<float>();
        for (int batch = 0; batch < d.Batches; batch++)
        {
            var numbers = new float[700];
            for (int i = 0; i < numbers.Length; i++)
            {
                double u = random.NextDouble(), v = random.NextDouble() - 0.5;
                numbers[i] = (float)(d.Shape switch
                {
                    0 => v,
                    1 => Math.Max(0, v),
                    2 => v / (0.02 + u),
                    3 => u < 0.9 ? 0 : v * 10,
                    _ => Math.Round(4 * v),
                }) * (1 + batch);
            }
            Assert.True(histogram.Add(numbers));
            all.AddRange(numbers);
        }
        return (histogram, [.. all.Select(MathF.Abs)]);
    }

    private static double[] Bins(MagnitudeHistogram h) => [.. h.Counts.ToArray().Select(c => (double)c)];

    [Fact]
    public void Max_is_the_largest_magnitude() => Prop.ForAll(Descriptions, d =>
    {
        (MagnitudeHistogram histogram, float[] all) = Filled(d);
        Assert.Equal(all.Max(), Thresholds.Of(CalibrationMethod.Max, histogram));
        Assert.Equal(all.Length, histogram.Counts.ToArray().Sum());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tests));

    [Fact]
    public void Percentile_is_within_a_bin_of_the_sorted_numbers() => Prop.ForAll(Descriptions, d =>
    {
        (MagnitudeHistogram histogram, float[] all) = Filled(d);
        Array.Sort(all);
        foreach (double percent in (double[])[50, 90, 99, 99.9])
        {
            float exact = all[Math.Max(0, (int)Math.Ceiling(percent / 100 * all.Length) - 1)];
            double found = Thresholds.Of(new(CalibrationKind.Percentile, percent), histogram);
            Assert.InRange(found, exact - 1e-6, exact + histogram.Width * 1.001);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tests));

    [Fact]
    public void Mse_is_the_best_of_all_candidates() => Prop.ForAll(Descriptions, d =>
    {
        (MagnitudeHistogram histogram, _) = Filled(d);
        double Error(double threshold)
        {
            double scale = threshold / 127, sum = 0;
            for (int i = 0; i < histogram.Counts.Length; i++)
            {
                double center = (i + 0.5) * histogram.Width;
                double off = Math.Clamp(Math.Round(center / scale), -128, 127) * scale - center;
                sum += histogram.Counts[i] * off * off;
            }
            return sum;
        }
        double best = Enumerable.Range(128, histogram.Counts.Length - 128).Min(i => Error((i + 0.5) * histogram.Width));
        float found = Thresholds.Of(CalibrationMethod.Mse, histogram);
        if (found < histogram.Largest) Assert.InRange(Error(found), 0, best * 1.0001 + 1e-12);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    /// <summary>pytorch-quantization's _compute_amax_entropy, written as it is described.</summary>
    [Fact]
    public void Entropy_is_the_last_edge_with_the_least_divergence() => Prop.ForAll(Descriptions, d =>
    {
        (MagnitudeHistogram histogram, _) = Filled(d);
        double[] bins = Bins(histogram);
        bins[0] = bins[1];
        double[] divergences =
            [.. Enumerable.Range(0, bins.Length + 1).Select(i => i < 128 ? double.PositiveInfinity : Divergence(bins, i))];
        float found = Thresholds.Of(CalibrationMethod.Entropy, histogram);
        double least = divergences.Min();
        if (double.IsInfinity(least) || bins.Sum() == 0)
        {
            Assert.Equal(histogram.Largest, found);
            return;
        }
        int at = Array.FindLastIndex(divergences, x => x <= least + 1e-10);
        int mine = found == histogram.Largest ? bins.Length : (int)Math.Round(found / histogram.Width);
        Assert.True(mine == at || divergences[mine] <= least + 1e-10, $"{mine} instead of {at}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3));

    private static double Divergence(double[] bins, int i)
    {
        double[] p = bins[..i];
        double tail = bins[i..].Sum();
        var q = new double[i];
        double[] sums = new double[128], members = new double[128];
        for (int j = 0; j < i; j++)
            if (bins[j] > 0) (sums[Level(j)], members[Level(j)]) = (sums[Level(j)] + bins[j], members[Level(j)] + 1);
        for (int j = 0; j < i; j++)
            if (bins[j] > 0) q[j] = sums[Level(j)] / members[Level(j)];
        p[i - 1] += tail;
        double ps = p.Sum(), qs = q.Sum(), sum = 0;
        for (int j = 0; j < i; j++)
            if (p[j] > 0) sum += q[j] == 0 ? double.PositiveInfinity : p[j] / ps * Math.Log(p[j] / ps / (q[j] / qs));
        return double.IsNaN(sum) ? double.PositiveInfinity : sum;

        long Level(int j) => 128L * j / i;
    }

    [Fact]
    public void A_growing_range_appends_bins_and_then_merges_them()
    {
        var histogram = new MagnitudeHistogram();
        histogram.Add([0, 0]);
        Assert.Equal((0, 2), (histogram.Width, histogram.Count));
        histogram.Add([1, -0.25f]);
        double width = histogram.Width;
        histogram.Add([3]);
        Assert.Equal((width, 3 * 2048), (histogram.Width, histogram.Counts.Length));
        histogram.Add([1000]);
        Assert.InRange(histogram.Counts.Length, 2048, 8192);
        Assert.Equal((1000f, 6), (histogram.Largest, histogram.Counts.ToArray().Sum()));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Numbers_that_are_not_finite_are_refused(float bad)
    {
        var histogram = new MagnitudeHistogram();
        Assert.False(histogram.Add([1, bad, 2]));
        Assert.Equal(0, histogram.Count);
    }

    [Fact]
    public void Constant_and_zero_tensors_have_thresholds()
    {
        var constant = new MagnitudeHistogram();
        constant.Add([-2.5f, -2.5f, -2.5f]);
        var zero = new MagnitudeHistogram();
        zero.Add([0, 0]);
        foreach (CalibrationMethod method in CalibrationMethod.Candidates)
        {
            Assert.InRange(Thresholds.Of(method, constant), 2.4f, 2.5f);
            Assert.Equal(0, Thresholds.Of(method, zero));
        }
    }
}
