namespace GraphPartition.Runtime.Batching;

/// <summary>A batch that was run.</summary>
/// <param name="Samples">The samples of all its requests.</param>
/// <param name="Waited">How long each request was in the queue.</param>
/// <param name="Input">The time in which the inputs were stacked.</param>
/// <param name="Infer">The time of the run.</param>
/// <param name="Output">The time in which the results were split.</param>
/// <param name="HasFailed">Whether the run failed; its requests then get the error, or run one by one.</param>
public sealed record BatchReport(
    long Samples, IReadOnlyList<TimeSpan> Waited, TimeSpan Input, TimeSpan Infer, TimeSpan Output, bool HasFailed);
