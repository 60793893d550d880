using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>Whether the rows of a batch meet: found out by running a model in plain ONNX Runtime.</summary>
internal static class Apart
{
    private static readonly long[] Requests = [1, 2, 1, 3];

    /// <summary>How a batch of several requests differs from each alone; null where it does not, or one of both does not run.</summary>
    public static string? Fault(Model model)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        Dictionary<string, OrtValue> all = model.Graph.Inputs.ToDictionary(v => v.Name, v => OrtValues.ToOrt(Feed(v)));
        try
        {
            using var session = new InferenceSession(OnnxWriter.ToBytes(model), options);
            using IDisposableReadOnlyCollection<OrtValue> batch = Run(session, all);
            long start = 0;
            foreach (long count in Requests)
            {
                Dictionary<string, OrtValue> own = all.ToDictionary(v => v.Key, v => Rows.Slice(v.Value, start, count));
                using IDisposableReadOnlyCollection<OrtValue> alone = Run(session, own);
                for (int i = 0; i < batch.Count; i++)
                {
                    using OrtValue part = Rows.Slice(batch[i], start, count);
                    if (ValueDifference.Between(OrtValues.ToData(alone[i]), OrtValues.ToData(part)).Fault is { } fault)
                        return $"rows from {start}: {fault}";
                }
                foreach (OrtValue value in own.Values) value.Dispose();
                start += count;
            }
            return null;
        }
        catch (OnnxRuntimeException)
        {
            return null; // an error is reported, so this is not a silent fault; requests then run one by one
        }
        finally
        {
            foreach (OrtValue value in all.Values) value.Dispose();
        }
    }

    private static TensorValue Feed(Value input)
    {
        long[] dims = [Requests.Sum(), .. input.Shape!.Skip(1).Select(d => d.Size)];
        int count = (int)dims.Aggregate(1L, (a, b) => a * b);
        return new(TensorData.Floats([.. Enumerable.Range(0, count).Select(i => MathF.Sin(i * 1.7f) * 2)], dims));
    }

    private static IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, Dictionary<string, OrtValue> feeds)
    {
        using var run = new RunOptions();
        return session.Run(run, [.. feeds.Keys], [.. feeds.Values], session.OutputNames);
    }
}
