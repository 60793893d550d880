using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.TestSupport;

/// <summary>Ways to run a model, to be compared with each other.</summary>
public static class TestRun
{
    /// <summary>Made-up inputs of a model, by name.</summary>
    public static Dictionary<string, DataValue> Inputs(Graph graph) =>
        new InputGenerator(new Dictionary<string, long>()).For(graph).ToDictionary(i => i.Key, i => (DataValue)i.Value);

    /// <summary>Runs a compiled model in our session.</summary>
    public static DataValue[] Run(CompiledModel compiled, IReadOnlyDictionary<string, DataValue> inputs, bool keepGroups,
        bool optimize = true)
    {
        using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = keepGroups, Threads = 1, Optimize = optimize });
        return Run(session, inputs);
    }

    /// <summary>Runs a session of ours.</summary>
    public static DataValue[] Run(ModelSession session, IReadOnlyDictionary<string, DataValue> inputs) => Fed(inputs, feeds =>
    {
        using RunResult result = session.Run(feeds);
        return [.. result.Values.Select(OrtValues.ToData)];
    });

    /// <summary>Runs a model in plain ONNX Runtime, which knows nothing of us.</summary>
    public static DataValue[] RunPlain(byte[] model, IReadOnlyDictionary<string, DataValue> inputs, bool optimize = true)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        if (!optimize) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        using var session = new InferenceSession(model, options);
        return Fed(inputs, feeds =>
        {
            using var run = new RunOptions();
            string[] names = [.. session.InputNames.Where(feeds.ContainsKey)];
            using var results = session.Run(run, names, [.. names.Select(n => feeds[n])], session.OutputNames);
            return results.Select(OrtValues.ToData).ToArray();
        });
    }

    /// <summary>What differs, or null.</summary>
    public static string? Difference(DataValue[] expected, DataValue[] actual)
    {
        if (expected.Length != actual.Length) return $"{actual.Length} outputs, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
            if (ValueDifference.Between(expected[i], actual[i]) is { Agrees: false } difference) return $"output {i}: {difference.Fault}";
        return null;
    }

    /// <summary>Calls with inputs as ONNX Runtime has them.</summary>
    public static DataValue[] Fed(IReadOnlyDictionary<string, DataValue> inputs, Func<Dictionary<string, OrtValue>, DataValue[]> run)
    {
        Dictionary<string, OrtValue> feeds = inputs.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        try
        {
            return run(feeds);
        }
        finally
        {
            foreach (OrtValue value in feeds.Values) value.Dispose();
        }
    }
}
