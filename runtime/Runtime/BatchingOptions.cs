namespace GraphPartition.Runtime;

/// <summary>How requests are put together.</summary>
public sealed record BatchingOptions
{
    /// <summary>The most samples of one batch.</summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>How long the first request of a batch waits for others.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(2);
}
