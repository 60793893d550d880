namespace GraphPartition.Serving.Models;

/// <summary>The numbers of a model at one moment; valid only while they are read.</summary>
internal readonly record struct StatisticsView(
    ModelStatistics Of, Durations Success, Durations Fail, Durations Queue, Durations Input, Durations Infer, Durations Output,
    IReadOnlyDictionary<long, BatchStatistics> Batches, IReadOnlyDictionary<string, long> Failures);
