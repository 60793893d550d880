using GraphPartition.Runtime.Comparison;

namespace GraphPartition.Runtime.Batching;

/// <summary>How requests are put together.</summary>
public sealed record BatchingOptions
{
    /// <summary>
    /// The most samples of one batch. 1: requests are queued, and each runs alone, so the model needs no batch dimension.
    /// </summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>How long the first request of a batch waits for others.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>A batch of one of these sizes waits for no more requests. Empty: only a full batch does not wait.</summary>
    public ImmutableArray<int> PreferredSizes { get; init; } = [];

    /// <summary>How many requests may wait; a further one fails (GP5017). Null: no limit.</summary>
    public int? MaxQueue { get; init; }

    /// <summary>The number of priorities. A request of priority 0 goes before all of priority 1, and so on.</summary>
    public int PriorityLevels { get; init; } = 1;

    /// <summary>
    /// Batch a model also where no proof shows that the rows of a batch do not meet. You answer for it that each row of each result
    /// depends on the same row of the inputs alone: else requests get wrong numbers.
    /// </summary>
    public bool AllowUnproven { get; init; }

    /// <summary>
    /// Whether the requests of the first batch run alone too and the results are compared. Where they differ by more than rounding, these
    /// requests and all later ones fail (GP5012).
    /// </summary>
    public bool CheckFirstBatch { get; init; } = true;

    /// <summary>How far the results of the first batch may lie apart; null: as far as rounding in their element type.</summary>
    public Tolerance? CheckTolerance { get; init; }

    /// <summary>Receives each batch that was run, before its requests get their answers. It must be quick. Null: nobody.</summary>
    public Action<BatchReport>? Ran { get; init; }
}
