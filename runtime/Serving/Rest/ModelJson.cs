using System.Globalization;
using GraphPartition.Serving.Models;

namespace GraphPartition.Serving.Rest;

/// <summary>What the protocol shows of models, in the form of its JSON.</summary>
internal static class ModelJson
{
    public static object Metadata(ModelVersion model, IEnumerable<string> versions) => new
    {
        name = model.Name,
        versions,
        platform = ServerFacts.Platform,
        inputs = model.Inputs.Select(Tensor),
        outputs = model.Outputs.Select(Tensor),
    };

    public static object Statistics(ModelVersion model) => model.Statistics.Read(s => new
    {
        name = model.Name,
        version = model.Number.ToString(CultureInfo.InvariantCulture),
        last_inference = s.Of.LastInference?.ToUnixTimeMilliseconds() ?? 0,
        inference_count = s.Of.Inferences,
        execution_count = s.Of.Executions,
        inference_stats = new
        {
            success = Duration(s.Success),
            fail = Duration(s.Fail),
            queue = Duration(s.Queue),
            compute_input = Duration(s.Input),
            compute_infer = Duration(s.Infer),
            compute_output = Duration(s.Output),
            cache_hit = Duration(new()),
            cache_miss = Duration(new()),
        },
        response_stats = new { },
        batch_stats = s.Batches.Select(b => new
        {
            batch_size = b.Key,
            compute_input = Duration(b.Value.Input),
            compute_infer = Duration(b.Value.Infer),
            compute_output = Duration(b.Value.Output),
        }).ToArray(),
        memory_usage = Array.Empty<object>(),
    });

    private static object Tensor(TensorInfo tensor) => new { name = tensor.Name, datatype = tensor.DataType, shape = tensor.Shape };

    private static object Duration(Durations durations) => new { count = durations.Count, ns = durations.Nanoseconds };
}
