using GraphPartition.CompiledModels;
using GraphPartition.Gpc.Inputs;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Runs a compiled model and compares its outputs.</summary>
/// <param name="Opened">The model.</param>
/// <param name="Path">The file that it was made of.</param>
/// <param name="Options">How it runs.</param>
/// <param name="Tolerance">How far numbers may differ; null: by element type.</param>
internal sealed record ComparedRun(OpenedModel Opened, string Path, ModelSessionOptions Options, Tolerance? Tolerance)
{
    /// <summary>Runs and compares with the expected outputs, or with the unpartitioned model if there are none.</summary>
    /// <remarks>
    /// Folded weights change the last bits of results, and so does a cut, because ONNX Runtime then fuses other operators. A model
    /// that sorts or rounds can turn this into different results. If the comparison with the unpartitioned model fails, the model
    /// is compiled again without passes that change weights, and both run without graph optimization. Each operator is then
    /// computed by itself, and a correct partition gives exactly the same bits.
    /// </remarks>
    public RunComparison Compare(FeedSet feeds)
    {
        bool given = feeds.Expected.Count > 0;
        (NamedValue[] actual, ExecutionPlan plan) = Partitioned(Opened.Compiled, Options, feeds);
        RunComparison comparison = Of(given ? "the test data" : "the unpartitioned run", plan,
            given ? feeds.Expected : Unpartitioned(Options, feeds, actual), actual, Tolerance);
        // The second comparison is about the partition. It tells nothing about what TensorRT computes.
        bool onEngines = Options.Engines.Mode != EngineMode.Off && Opened.Compiled.AllGroups.Any(g => g.Engines.Length > 0);
        if (comparison.Agrees || given || onEngines) return comparison;

        ModelSessionOptions exact = Options with { Optimize = false };
        (actual, plan) = Partitioned(Opened.Exact.Value, exact, feeds);
        RunComparison again =
            Of("the unpartitioned run to the last bit, without folded weights and graph optimization (with them, rounding decides the result of this model)",
            plan, Unpartitioned(exact, feeds, actual), actual, GraphPartition.Runtime.Comparison.Tolerance.Exact);
        return again.Agrees ? again : comparison;
    }

    /// <summary>The times of ten runs, after two runs to warm up.</summary>
    public IReadOnlyList<ActionTime> Profile(FeedSet feeds)
    {
        var profile = new RunProfile();
        using ModelSession session = ModelSession.Create(Opened.Compiled, Options with { Profile = profile, Contexts = 1 });
        for (int i = 0; i < 2; i++) session.Run(feeds.Values).Dispose();
        profile.Clear();
        for (int i = 0; i < 10; i++) session.Run(feeds.Values).Dispose();
        return profile.Times;
    }

    private static (NamedValue[] Outputs, ExecutionPlan Plan) Partitioned(
        CompiledModel compiled, ModelSessionOptions options, FeedSet feeds)
    {
        using ModelSession session = ModelSession.Create(compiled, options);
        using RunResult result = session.Run(feeds.Values);
        return ([.. session.Outputs.Zip(result.Values, (v, value) => new NamedValue(v.Name, OrtValues.ToData(value)))], session.Plan);
    }

    /// <summary>The outputs of plain ONNX Runtime in the order of the model. A MindIR file is run as it was imported.</summary>
    private NamedValue[] Unpartitioned(ModelSessionOptions options, FeedSet feeds, NamedValue[] actual)
    {
        using PlainSession plain = MindIrReader.Recognizes(Path) ? PlainSession.Load(Opened.Exact.Value.Model, options)
            : PlainSession.Load(Path, options);
        using IDisposableReadOnlyCollection<OrtValue> outputs = plain.Run(feeds.Values);
        return [.. actual.Zip(outputs, (a, value) => new NamedValue(a.Name, OrtValues.ToData(value)))];
    }

    private static RunComparison Of(
        string with, ExecutionPlan plan, IReadOnlyList<NamedValue> expected, NamedValue[] actual, Tolerance? tolerance) =>
        new(with, plan.Steps.Length, plan.Whole, [.. expected.Select(e => OutputComparison.Of(e, actual, tolerance))]);
}
