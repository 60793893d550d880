using System.CommandLine;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc run MODEL|COMPILED</c>: runs a partitioned model and compares its outputs.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("run", "Runs a model and compares the outputs with test data, or with the model before partitioning.");
        var model = new ModelArguments(command);
        var engines = new EngineArguments(command, runs: true);
        var session = new SessionArguments(command, tf32: false);
        var inputs = new InputArguments(command);
        var observe = new ObserveArguments(command, inputs);
        var relative = OptionOf.OptionalNumber("--rtol", "X", "Relative tolerance of floats. Default: by element type, 1e-3 for float32.",
            0.0);
        var absolute = OptionOf.OptionalNumber("--atol", "X", "Absolute tolerance of floats. Default: by element type, 1e-4 for float32.",
            0.0);
        var validate = new Option<bool>("--validate")
        { Description = "Fail if a floating-point value that leaves a step is NaN or infinite." };
        var profile = new Option<bool>("--profile") { Description = "Print the time, bytes and device of each step." };
        var trace = new Option<string?>("--trace")
        {
            Description = "Write the times of the steps as a Chrome trace (chrome://tracing, Perfetto).",
            HelpName = "FILE",
        };
        command.Add(OptionGroup.Running, relative, absolute, validate, profile, trace);
        command.SetAction(parsed =>
        {
            using Interrupt interrupt = new();
            ModelRequest request = observe.In(parsed, model.Request(parsed));
            OutputFile.Check([("--trace", parsed.GetValue(trace))], request.Path);
            (PlanReport report, RunComparison comparison, IReadOnlyList<ActionTime>? times, IReadOnlyList<string> madeUp) =
                Stages.Show(3, stage =>
            {
                var engineService = new EngineService(engines.Request(parsed, session.Tf32(parsed)));
                var service = new ModelService(request, stage);
                OpenedModel opened = service.Open(engineService, interrupt.Token);
                stage("running");
                EngineView.Warn(opened.Engines, null);
                ModelSessionOptions options = engineService.In(session.Options(parsed)) with
                { CustomOperators = service.CustomOperators, Validate = parsed.GetValue(validate) };
                var run = new ComparedRun(opened, request.Path, options, Tolerance(parsed));
                using FeedSet feeds = FeedSet.Of(inputs.Request(parsed), opened.Source, request.Path, options);
                return (
                    opened.Report, run.Compare(feeds), parsed.GetValue(profile) || parsed.GetValue(trace) is not null ? run.Profile(feeds)
                        : null, feeds.MadeUp);
            });
            bool json = model.Json(parsed);
            if (!json) PlanView.Write(Path.GetFileName(request.Path), report);
            if (parsed.GetValue(trace) is { } file) ProfileView.WriteTrace(times!, file);
            if (json)
                JsonOutput.Print(new
                {
                    comparison.With,
                    comparison.Steps,
                    comparison.Whole,
                    comparison.Outputs,
                    comparison.Notes,
                    comparison.Agrees,
                    MadeUp = madeUp,
                    Profile = times is null ? null : ProfileView.Rows(times),
                });
            else
            {
                RunView.Write(comparison, madeUp);
                if (times is not null) ProfileView.Write(times);
            }
            return (int)(comparison.Agrees ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;

        Tolerance? Tolerance(ParseResult parsed) => parsed.GetValue(relative) is null && parsed.GetValue(absolute) is null
            ? null
            : new Tolerance(parsed.GetValue(relative) ?? 1e-3, parsed.GetValue(absolute) ?? 1e-4);
    }
}
