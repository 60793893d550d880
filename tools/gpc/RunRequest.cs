using GraphPartition.CompiledModels;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc;

/// <summary>A compiled model to run, and what to compare the outcome with.</summary>
internal sealed record RunRequest(OpenedModel Opened, string Path, ModelSessionOptions Options, Tolerance? Tolerance)
{
    /// <summary>Runs and compares with what is expected, or else with the unpartitioned model.</summary>
    /// <remarks>
    /// Folding weights changes the last bits, and so does cutting a graph, since ONNX Runtime fuses other operators then; a model
    /// that sorts or rounds can amplify that to other results. Where a comparison with the unpartitioned model fails, the model
    /// is compiled once more without passes that change weights and both are run without graph optimisation: then every
    /// operator is computed by itself, and a right partition gives the very same bits.
    /// </remarks>
    public RunComparison Compare(FeedSet feeds)
    {
        bool given = feeds.Expected.Count > 0;
        (NamedValue[] actual, ExecutionPlan plan) = Partitioned(Opened.Compiled, Options, feeds);
        RunComparison comparison = Of(given ? "the test data" : "the unpartitioned run", plan,
            given ? feeds.Expected : Unpartitioned(Options, feeds, actual), actual, Tolerance);
        // The second look is at the partition; it says nothing of what TensorRT computes.
        bool onEngines = Options.Engines.Mode != EngineMode.Off && Opened.Compiled.AllGroups.Any(g => g.Engines.Length > 0);
        if (comparison.Agrees || given || onEngines) return comparison;

        ModelSessionOptions exact = Options with { Optimize = false };
        (actual, plan) = Partitioned(Opened.Exact.Value, exact, feeds);
        RunComparison again = Of("the unpartitioned run to the last bit, without folded weights and graph optimisation (with them, rounding decides what this model gives)",
            plan, Unpartitioned(exact, feeds, actual), actual, GraphPartition.Runtime.Comparison.Tolerance.Exact);
        return again.Agrees ? again : comparison;
    }

    /// <summary>The times of ten runs after two that warm up.</summary>
    public IReadOnlyList<ActionTime> Profile(FeedSet feeds)
    {
        var profile = new RunProfile();
        using ModelSession session = ModelSession.Create(Opened.Compiled, Options with { Profile = profile, Contexts = 1 });
        for (int i = 0; i < 2; i++) session.Run(feeds.Values).Dispose();
        profile.Clear();
        for (int i = 0; i < 10; i++) session.Run(feeds.Values).Dispose();
        return profile.Times;
    }

    private static (NamedValue[] Outputs, ExecutionPlan Plan) Partitioned(CompiledModel compiled, ModelSessionOptions options, FeedSet feeds)
    {
        using ModelSession session = ModelSession.Create(compiled, options);
        using RunResult result = session.Run(feeds.Values);
        return ([.. session.Outputs.Zip(result.Values, (v, value) => new NamedValue(v.Name, OrtValues.ToData(value)))], session.Plan);
    }

    /// <summary>The outputs of plain ONNX Runtime on the file (on what it was imported as, if that is MindIR), in the order of the model.</summary>
    private NamedValue[] Unpartitioned(ModelSessionOptions options, FeedSet feeds, NamedValue[] actual)
    {
        using PlainSession plain = MindIrReader.Recognizes(Path) ? PlainSession.Load(Opened.Exact.Value.Model, options) : PlainSession.Load(Path, options);
        using IDisposableReadOnlyCollection<OrtValue> outputs = plain.Run(feeds.Values);
        return [.. actual.Zip(outputs, (a, value) => new NamedValue(a.Name, OrtValues.ToData(value)))];
    }

    private static RunComparison Of(
        string with, ExecutionPlan plan, IReadOnlyList<NamedValue> expected, NamedValue[] actual, Tolerance? tolerance) =>
        new(with, plan.Steps.Length, plan.Whole, [.. expected.Select(e => OutputComparison.Of(e, actual, tolerance))]);
}
