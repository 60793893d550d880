using System.CommandLine;
using System.Text.Json;
using GraphPartition.Compiler.Plan;
using GraphPartition.Emit;
using GraphPartition.Gpc.View;
using GraphPartition.MindIr;
using GraphPartition.Onnx;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Compare;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc run MODEL|COMPILED</c>: runs a model partitioned and compares what comes out.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Run a model, compiling it if need be, and compare the outputs: with the test data, or with the unpartitioned model.");
        var model = new ModelArguments(command);
        var engines = new EngineArguments(command, runs: true);
        var session = new SessionArguments(command, tf32: "off");
        var inputs = new InputArguments(command);
        var relative = new Option<double?>("--rtol") { Description = "Relative tolerance of floats (default: by element type, 1e-3 for float32)." };
        var absolute = new Option<double?>("--atol") { Description = "Absolute tolerance of floats (default: by element type, 1e-4 for float32)." };
        var validate = new Option<bool>("--validate") { Description = "Check that no floating-point value that leaves a step is NaN or infinite." };
        var profile = new Option<bool>("--profile") { Description = "Show the time, bytes and device of each step." };
        var trace = new Option<string?>("--trace") { Description = "Write the times as a Chrome trace (chrome://tracing, Perfetto) to this file." };
        foreach (Option option in new Option[] { relative, absolute, validate, profile, trace }) command.Add(option);
        command.SetAction(parsed =>
        {
            using Interrupt interrupt = new();
            (PlanReport report, RunComparison comparison, IReadOnlyList<ActionTime>? times) = Stages.Show(3, stage =>
            {
                OpenedModel opened = model.Open(parsed, stage, engines, interrupt.Token);
                stage("running");
                EngineView.Warn(opened.Engines, null);
                ModelSessionOptions options = session.Options(parsed) with { Engines = engines.Use(parsed), Validate = parsed.GetValue(validate) };
                var request = new RunRequest(opened, model.Path(parsed), options, Tolerance(parsed));
                using FeedSet feeds = inputs.Read(parsed, opened.Compiled.Model.Graph);
                return (opened.Report, request.Compare(feeds), parsed.GetValue(profile) || parsed.GetValue(trace) is not null ? request.Profile(feeds) : null);
            });
            bool json = model.Json(parsed);
            if (!json) PlanView.Write(Path.GetFileName(model.Path(parsed)), report);
            if (parsed.GetValue(trace) is { } file) ProfileView.WriteTrace(times!, file);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(
                new { comparison.With, comparison.Steps, comparison.Whole, comparison.Outputs, comparison.Agrees, Profile = times is null ? null : ProfileView.Rows(times) }, RunView.Json));
            else
            {
                RunView.Write(comparison);
                if (times is not null) ProfileView.Write(times);
            }
            return (int)(comparison.Agrees ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;

        Tolerance? Tolerance(ParseResult parsed) => parsed.GetValue(relative) is null && parsed.GetValue(absolute) is null ? null
            : new Tolerance(parsed.GetValue(relative) ?? 1e-3, parsed.GetValue(absolute) ?? 1e-4);
    }
}

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
        bool onEngines = Options.Engines.Mode != EngineMode.Off && Opened.Compiled.Groups.Any(g => g.Engines.Length > 0);
        if (comparison.Agrees || given || onEngines) return comparison;

        ModelSessionOptions exact = Options with { Optimize = false };
        (actual, plan) = Partitioned(Opened.CompileExactly(), exact, feeds);
        RunComparison again = Of("the unpartitioned run to the last bit, without folded weights and graph optimisation (with them, rounding decides what this model gives)",
            plan, Unpartitioned(exact, feeds, actual), actual, Runtime.Compare.Tolerance.Exact);
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
        using PlainSession plain = MindIrReader.Recognises(Path) ? PlainSession.Load(Opened.CompileExactly().Model, options) : PlainSession.Load(Path, options);
        using IDisposableReadOnlyCollection<OrtValue> outputs = plain.Run(feeds.Values);
        return [.. actual.Zip(outputs, (a, value) => new NamedValue(a.Name, OrtValues.ToData(value)))];
    }

    private static RunComparison Of(
        string with, ExecutionPlan plan, IReadOnlyList<NamedValue> expected, NamedValue[] actual, Tolerance? tolerance) =>
        new(with, plan.Steps.Length, plan.Whole, [.. expected.Select(e => OutputComparison.Of(e, actual, tolerance))]);
}

/// <summary>One output beside what was expected of it.</summary>
/// <param name="Name">The output.</param>
/// <param name="Type">Its type.</param>
/// <param name="Summary">What is in it.</param>
/// <param name="MaxAbsolute">The greatest absolute difference.</param>
/// <param name="MaxRelative">The greatest relative difference.</param>
/// <param name="Fault">What is wrong, or null.</param>
internal sealed record OutputComparison(string Name, string Type, string Summary, double MaxAbsolute, double MaxRelative, string? Fault)
{
    public static OutputComparison Of(NamedValue expected, NamedValue[] all, Tolerance? tolerance)
    {
        int at = Array.FindIndex(all, v => v.Name == expected.Name);
        if (at < 0) return new(expected.Name, "", "", 0, 0, "the model has no such output");
        DataValue actual = all[at].Value;
        TensorDifference difference = ValueDifference.Between(expected.Value, actual, tolerance);
        return new(expected.Name, ValueSummary.TypeOf(actual), ValueSummary.Of(actual), difference.MaxAbsolute, difference.MaxRelative, difference.Fault);
    }
}

/// <summary>A run beside what was expected of it.</summary>
/// <param name="With">What it was compared with.</param>
/// <param name="Steps">The number of steps that the run took.</param>
/// <param name="Whole">Nodes that went whole to ONNX Runtime although groups in their bodies could run on their own.</param>
/// <param name="Outputs">Each output.</param>
internal sealed record RunComparison(string With, int Steps, IReadOnlyList<WholeNode> Whole, IReadOnlyList<OutputComparison> Outputs)
{
    public bool Agrees => Outputs.All(o => o.Fault is null);
}
