using System.Diagnostics;
using System.Text.Json.Serialization;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Gpc;

/// <summary>Latencies of one side of a measurement, in milliseconds.</summary>
/// <param name="Name">What ran.</param>
/// <param name="MedianMs">The median.</param>
/// <param name="P90Ms">The 90th percentile.</param>
/// <param name="P99Ms">The 99th percentile.</param>
/// <param name="RunsPerSecond">Runs one after the other, slow ones too: by the mean, not by the median.</param>
/// <param name="Runs">How many were measured.</param>
public sealed record Latency(string Name, double MedianMs, double P90Ms, double P99Ms, double RunsPerSecond, int Runs)
{
    internal static Latency Of(string name, IReadOnlyList<double> ms) => new(
        name, ms.Median(), ms.Quantile(0.9), ms.Quantile(0.99), 1000 / ms.Mean(), ms.Count);
}

/// <summary>Two sides measured in one process, alternating, so that both see the same noise of the machine.</summary>
/// <param name="Ours">The first side.</param>
/// <param name="Theirs">The second side, or null where only one was measured.</param>
/// <param name="Ratio">The median of (first / second) over the pairs of bursts: robust against drift, unlike a ratio of medians.</param>
public sealed record Paired(Latency Ours, Latency? Theirs, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Ratio);

/// <summary>
/// Measures repeated calls, in bursts. Threads of ONNX Runtime spin for a while after a run and take a processor from whoever runs
/// next, and caches hold what ran last: so each burst begins with calls that do not count.
/// </summary>
public static class Measure
{
    private const double LeastBurst = 0.1, LongestBurst = 0.5, Lead = 0.4; // seconds, and the part of a burst that does not count
    private const int LeastBursts = 5, LeastRuns = 3;

    /// <summary>Gives both sides bursts in turn until the time is over.</summary>
    /// <param name="ours">The first side.</param>
    /// <param name="theirs">The second side, or null.</param>
    /// <param name="theirName">What the second side is called.</param>
    /// <param name="seconds">How long to measure; at least five pairs of bursts are taken however long they last.</param>
    public static Paired Pairs(Action ours, Action? theirs, string theirName, double seconds)
    {
        var first = new List<double>();
        var second = new List<double>();
        var ratios = new List<double>();
        double burst = Math.Clamp(seconds / (2 * LeastBursts), LeastBurst, LongestBurst);
        long start = Stopwatch.GetTimestamp();
        for (int pair = 0; pair < LeastBursts || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; pair++)
        {
            // Every other pair is in the other order, against drift.
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

    /// <summary>Calls for a while; the result is the median in milliseconds.</summary>
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
