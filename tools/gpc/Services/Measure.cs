using System.Diagnostics;
using System.Text.Json.Serialization;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Gpc.Services;

/// <summary>Latencies of one side of a measurement, in milliseconds.</summary>
/// <param name="Name">What ran.</param>
/// <param name="MedianMs">The median.</param>
/// <param name="P90Ms">The 90th percentile.</param>
/// <param name="P99Ms">The 99th percentile.</param>
/// <param name="RunsPerSecond">Runs per second, from the mean time, so slow runs count too.</param>
/// <param name="Runs">How many were measured.</param>
public sealed record Latency(string Name, double MedianMs, double P90Ms, double P99Ms, double RunsPerSecond, int Runs)
{
    internal static Latency Of(string name, IReadOnlyList<double> ms) => new(
        name, ms.Median(), ms.Quantile(0.9), ms.Quantile(0.99), 1000 / ms.Mean(), ms.Count);
}

/// <summary>Two sides that were measured in turn in one process, so that both see the same noise of the machine.</summary>
/// <param name="Ours">The first side.</param>
/// <param name="Theirs">The second side, or null where only one was measured.</param>
/// <param name="Ratio">The median of (first / second) over the pairs of bursts: robust against drift, unlike a ratio of medians.</param>
public sealed record Paired(
    Latency Ours, Latency? Theirs, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Ratio);

/// <summary>
/// Measures repeated calls in bursts. After a run, the threads of ONNX Runtime spin for a while and slow down the other side, and
/// caches hold the data of the last side. So the first calls of each burst do not count.
/// </summary>
public static class Measure
{
    private const double LeastBurst = 0.1, LongestBurst = 0.5, Lead = 0.4; // seconds, and the share of a burst that does not count
    private const int LeastBursts = 5, LeastRuns = 3;

    /// <summary>Runs bursts of both sides in turn until the time is over.</summary>
    /// <param name="ours">The first side.</param>
    /// <param name="theirs">The second side, or null.</param>
    /// <param name="theirName">What the second side is called.</param>
    /// <param name="seconds">How long to measure. At least five pairs of bursts run, however long they take.</param>
    public static Paired Pairs(Action ours, Action? theirs, string theirName, double seconds)
    {
        var first = new List<double>();
        var second = new List<double>();
        var ratios = new List<double>();
        double burst = Math.Clamp(seconds / (2 * LeastBursts), LeastBurst, LongestBurst);
        long start = Stopwatch.GetTimestamp();
        for (int pair = 0; pair < LeastBursts || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; pair++)
        {
            // Every other pair runs in the other order, to cancel drift.
            bool swapped = pair % 2 == 1 && theirs is not null;
            double theirMs = swapped ? Burst(theirs!, second, burst) : 0;
            double ourMs = Burst(ours, first, burst);
            if (theirs is null) continue;
            if (!swapped) theirMs = Burst(theirs, second, burst);
            ratios.Add(ourMs / theirMs);
        }
        return theirs is null ? new(Latency.Of("gpc", first), null, null)
            : new(Latency.Of("gpc", first), Latency.Of(theirName, second), ratios.Median());
    }

    /// <summary>Calls for a while. Returns the median time in milliseconds.</summary>
    private static double Burst(Action action, List<double> all, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        do action();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Lead * seconds);

        int before = all.Count;
        start = Stopwatch.GetTimestamp();
        while (all.Count - before < LeastRuns || Stopwatch.GetElapsedTime(start).TotalSeconds < (1 - Lead) * seconds)
        {
            long began = Stopwatch.GetTimestamp();
            action();
            all.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return all.Skip(before).Median();
    }
}
