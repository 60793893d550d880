using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Gpc.Services;

/// <summary>Runs a compiled model and compares its outputs.</summary>
/// <param name="Opened">The model.</param>
/// <param name="Path">The file that it was made of.</param>
/// <param name="Options">How it runs.</param>
/// <param name="Tolerance">How far numbers may differ; null: by element type.</param>
internal sealed record ComparedRun(OpenedModel Opened, string Path, ModelSessionOptions Options, Tolerance? Tolerance)
{
    private readonly Dictionary<string, OutputTraits> _traits = OutputTraits.Of(
        (Opened.IsConverted ? Opened.Compiled.Model : Opened.Source).Graph);
    private readonly List<string> _notes = [];

    /// <summary>Runs and compares with the expected outputs, or with the unpartitioned model if there are none.</summary>
    /// <remarks>
    /// Folded weights change the last bits of results, and so does a cut, because ONNX Runtime then fuses other operators. A model
    /// that sorts or rounds can turn this into different results. If the comparison with the unpartitioned model fails, the model
    /// is compiled again without passes that change weights, and both run without graph optimization. Each operator is then
    /// computed by itself, and a correct partition gives exactly the same bits. On a CPU this does not hold behind float16 and bfloat16,
    /// which ONNX Runtime computes in float32: it drops roundings that it sees. There <see cref="RoundingCheck"/> has the last word.
    /// </remarks>
    public RunComparison Compare(FeedSet feeds)
    {
        bool given = feeds.Expected.Count > 0;
        if (Options.Device == Device.Cpu && _traits.Values.FirstOrDefault(t => t.IsNarrow) is { IsNarrow: true } narrow)
            _notes.Add($"{narrow.Narrowest.Keyword()} is on the way to an output; ONNX Runtime emulates it on a CPU and drops roundings "
                + "where it can, so outputs are compared with the tolerance of the narrowest type");
        if (_traits.Values.Any(t => t.IsRandom))
            _notes.Add("the model draws random numbers without a seed; of outputs that depend on them only type and rank are compared");
        (NamedValue[] actual, ExecutionPlan plan) = Partitioned(Opened.Compiled, Options, feeds);
        AllowForEngines(plan);
        IReadOnlyList<NamedValue> expected = given ? feeds.Expected : Unpartitioned(Options, feeds, actual);
        RunComparison comparison = Of(given ? "the test data" : "the unpartitioned run", plan, expected, actual, ToleranceOf);
        // The second comparison is about the partition. It tells nothing about what TensorRT computes.
        bool onEngines = Options.Engines.Mode != EngineMode.Off && Opened.Compiled.AllGroups.Any(g => g.Engines.Length > 0);
        if (comparison.Agrees || onEngines || Opened.IsConverted) return comparison;
        if (given) return Reproduces(expected, plan, feeds, actual) ? ExceptRoundings(comparison, feeds, expected, actual) : comparison;

        ModelSessionOptions exact = Options with { Optimize = false };
        (NamedValue[] again, plan) = Partitioned(Opened.Exact.Value, exact, feeds);
        RunComparison unoptimized =
            Of("the unpartitioned run to the last bit, without folded weights and graph optimization (with them, rounding decides the result of this model)",
            plan, Unpartitioned(exact, feeds, again), again,
            e => TraitsOf(e).IsNarrow ? ToleranceOf(e) : GraphPartition.Runtime.Comparison.Tolerance.Exact);
        return unoptimized.Agrees ? unoptimized : ExceptRoundings(comparison, feeds, expected, actual);
    }

    /// <summary>The comparison, without the faults that are only roundings to 16 bits.</summary>
    private RunComparison ExceptRoundings(RunComparison comparison, FeedSet feeds, IReadOnlyList<NamedValue> expected, NamedValue[] actual)
    {
        bool isHalf = _traits.Values.Any(t => t.Narrowest is ElementType.Float16 or ElementType.BFloat16);
        if (Options.Device != Device.Cpu || !isHalf || _traits.Values.Any(t => t.IsRandom)
            || new RoundingCheck(Opened, Options, feeds).Judge(expected, actual) is not { } finding) return comparison;
        _notes.Add(finding);
        return comparison with
        {
            With = comparison.With + " except for roundings to 16 bits",
            Outputs = [.. comparison.Outputs.Select(o => o with { Fault = null })],
        };
    }

    /// <summary>Whether plain ONNX Runtime has the test data's outputs here: other versions and processors may round otherwise.</summary>
    private bool Reproduces(IReadOnlyList<NamedValue> expected, ExecutionPlan plan, FeedSet feeds, NamedValue[] actual) =>
        Of("", plan, expected, Unpartitioned(Options, feeds, actual), ToleranceOf).Agrees;

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

    /// <summary>Engines may compute less precisely than the model says, so the outputs behind them have the tolerance of that.</summary>
    private void AllowForEngines(ExecutionPlan plan)
    {
        if (Options.Engines.Mode == EngineMode.Off || EngineRounding.Of(plan) is not { Count: > 0 } rounded) return;
        _notes.Add("engines may round to TF32, to 16 bits or to quantized steps; outputs behind them are compared with that tolerance");
        foreach ((string output, OutputTraits engine) in OutputTraits.Of(plan.Graph, rounded))
            _traits[output] = _traits.GetValueOrDefault(output).With(engine);
    }

    private OutputTraits TraitsOf(NamedValue output) => _traits.GetValueOrDefault(output.Name);

    private Tolerance? ToleranceOf(NamedValue output) => Tolerance
        ?? (output.Value is TensorValue { Data: var data } ? TraitsOf(output).ToleranceOf(data) : null);

    private static (NamedValue[] Outputs, ExecutionPlan Plan) Partitioned(
        CompiledModel compiled, ModelSessionOptions options, FeedSet feeds)
    {
        using ModelSession session = ModelSession.Create(compiled, options);
        using RunResult result = session.Run(feeds.Values);
        return ([.. compiled.Model.Graph.Outputs.Zip(result.Values, (v, value) => new NamedValue(v.Name, OrtValues.ToData(value, v.Type)))],
            session.Plan);
    }

    /// <summary>
    /// The outputs of plain ONNX Runtime in the order of the model. A file that it cannot read or refuses is run as it was imported.
    /// </summary>
    private NamedValue[] Unpartitioned(ModelSessionOptions options, FeedSet feeds, NamedValue[] actual)
    {
        PlainSession plain;
        try
        {
            plain = ModelFormat.Of(Path).IsOnnx ? PlainSession.Load(Path, options, Opened.Source.Graph)
                : PlainSession.Load(Opened.Exact.Value.Model, options);
        }
        catch (EnvironmentException e)
        {
            string note = $"ONNX Runtime refuses the file itself ({FirstLine(e.Diagnostic.Message)}); the model as it was imported takes its place";
            if (!_notes.Contains(note)) _notes.Add(note);
            try
            {
                return Whole(Opened.Exact.Value);
            }
            catch (EnvironmentException refused) when (refused.Diagnostic.Code == RuntimeCodes.RuntimeRefuses)
            {
                _notes.Add("it refuses that too; the compiled model in one piece takes its place, so the passes are not checked");
                return Whole(Opened.Compiled);
            }
        }
        using (plain)
        {
            using RunResult outputs = plain.Run(feeds.Values);
            return [.. actual.Zip(outputs.Values, (a, value) => new NamedValue(a.Name, OrtValues.ToData(value)))];
        }

        NamedValue[] Whole(CompiledModel model) =>
            Partitioned(model with { Cut = Cut.Whole(model.Model.Graph) }, options with { KeepGroups = false }, feeds).Outputs;
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    private RunComparison Of(string with, ExecutionPlan plan, IReadOnlyList<NamedValue> expected, NamedValue[] actual,
        Func<NamedValue, Tolerance?> tolerance) =>
        new(with, plan.Steps.Length, plan.Whole,
            [.. expected.Select(e => OutputComparison.Of(e, actual, tolerance(e), TraitsOf(e)))], _notes);
}
