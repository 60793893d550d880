using GraphPartition.Serving.Models;
using GraphPartition.Serving.Protocol;

namespace GraphPartition.Serving.Rpc;

/// <summary>The statistics of a model as a message of gRPC.</summary>
internal static class StatisticsMessages
{
    public static Protocol.ModelStatistics Of(ModelVersion model) => model.Statistics.Read(s => new Protocol.ModelStatistics
    {
        Name = model.Name,
        Version = $"{model.Number}",
        LastInference = (ulong)(s.Of.LastInference?.ToUnixTimeMilliseconds() ?? 0),
        InferenceCount = (ulong)s.Of.Inferences,
        ExecutionCount = (ulong)s.Of.Executions,
        InferenceStats = new()
        {
            Success = Duration(s.Success),
            Fail = Duration(s.Fail),
            Queue = Duration(s.Queue),
            ComputeInput = Duration(s.Input),
            ComputeInfer = Duration(s.Infer),
            ComputeOutput = Duration(s.Output),
            CacheHit = new(),
            CacheMiss = new(),
        },
        BatchStats =
        {
            s.Batches.Select(b => new InferBatchStatistics
            {
                BatchSize = (ulong)b.Key,
                ComputeInput = Duration(b.Value.Input),
                ComputeInfer = Duration(b.Value.Infer),
                ComputeOutput = Duration(b.Value.Output),
            }),
        },
    });

    private static StatisticDuration Duration(Durations durations) =>
        new() { Count = (ulong)durations.Count, Ns = (ulong)durations.Nanoseconds };
}
