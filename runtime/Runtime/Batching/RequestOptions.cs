namespace GraphPartition.Runtime.Batching;

/// <summary>How one request waits.</summary>
/// <param name="Priority">0 is the first; a number beyond <see cref="BatchingOptions.PriorityLevels"/> counts as the last.</param>
/// <param name="MaxQueueTime">How long it may wait before it fails (GP5018); null: as long as it takes. The run itself has no limit.</param>
public readonly record struct RequestOptions(int Priority, TimeSpan? MaxQueueTime);
