using System.CommandLine;
using System.Text.Json;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Gpc.View;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;

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
