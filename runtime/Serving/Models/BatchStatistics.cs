namespace GraphPartition.Serving.Models;

/// <summary>The times of batches of one size.</summary>
internal sealed class BatchStatistics
{
    public Durations Input { get; } = new();

    public Durations Infer { get; } = new();

    public Durations Output { get; } = new();
}
