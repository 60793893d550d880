namespace GraphPartition.Serving.Models;

/// <summary>How often something happened, and how long it took together.</summary>
internal sealed class Durations
{
    /// <summary>How often.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of the times.</summary>
    public TimeSpan Total { get; private set; }

    /// <summary>The sum in nanoseconds.</summary>
    public long Nanoseconds => Total.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>Adds what happened <paramref name="times"/> times and took <paramref name="each"/>.</summary>
    public void Add(TimeSpan each, int times = 1)
    {
        Count += times;
        Total += each * times;
    }
}
