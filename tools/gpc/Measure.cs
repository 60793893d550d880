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
/// <param name="Ratio">The median of (first / second) over the pairs: robust against drift, unlike a ratio of medians.</param>
public sealed record Paired(Latency Ours, Latency? Theirs, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Ratio);

/// <summary>Measures repeated calls.</summary>
public static class Measure
{
    /// <summary>Calls both sides in turn, after a warm-up of each, until the time is over.</summary>
    /// <param name="ours">The first side.</param>
    /// <param name="theirs">The second side, or null.</param>
    /// <param name="theirName">What the second side is called.</param>
    /// <param name="seconds">How long to measure; at least 20 pairs are taken however long they last.</param>
    public static Paired Pairs(Action ours, Action? theirs, string theirName, double seconds)
    {
        for (int i = 0; i < 5; i++)
        {
            ours();
            theirs?.Invoke();
        }
        var first = new List<double>();
        var second = new List<double>();
        long start = Stopwatch.GetTimestamp();
        while (first.Count < 20 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            // Every other pair runs in the other order: whoever comes second finds warmer or fuller caches.
            if (first.Count % 2 == 1 && theirs is not null) second.Add(Time(theirs));
            first.Add(Time(ours));
            if (first.Count % 2 == 1 && theirs is not null) second.Add(Time(theirs));
        }
        if (theirs is null) return new(Latency.Of("gpc", first), null, null);
        return new(Latency.Of("gpc", first), Latency.Of(theirName, second), first.Zip(second, (a, b) => a / b).Median());
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
