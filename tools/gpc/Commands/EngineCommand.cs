using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Operators;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc engine list|verify|refit|update</c>: the engines in a compiled file.</summary>
internal static class EngineCommand
{
    public static Command Create() => new("engine", "Shows, checks and changes the engines in a compiled file.")
    {
        List(), Verify(), Refit(), Update(),
    };

    private static GpcCommand List()
    {
        var command = new GpcCommand("list", "Lists the engines in a compiled file, what each needs, and its state.");
        var (file, json, machine) = Reading(command);
        command.SetAction(parsed =>
        {
            CompiledModel compiled = PlanFile.ReadCompiled(parsed.GetRequiredValue(file));
            EngineListView.Write(EngineState.Of(compiled, TensorRtMachine.Find(machine.Request(parsed).Options)), parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static GpcCommand Verify()
    {
        var command = new GpcCommand("verify",
            "Checks the bytes of each engine, that it belongs to its nodes and weights, and that it loads if it is for this machine.");
        var (file, json, machine) = Reading(command);
        var trust = new Option<bool>("--trust-engines") { Description = "Let engines run code that they carry with them." };
        command.Add(OptionGroup.Engines, trust);
        command.SetAction(parsed =>
        {
            CompiledModel compiled = PlanFile.ReadCompiled(parsed.GetRequiredValue(file));
            MachineRequest request = machine.Request(parsed);
            MachineSearch search = TensorRtMachine.Find(request.Options);
            var probe = new ProcessProbe(ErrorStreamLogger.From(request.LogFrom));
            EngineState[] states = [.. EngineState.Of(compiled, search).Select(s => search.Machine is { } here
                ? s.Loaded(compiled, here, parsed.GetValue(trust), probe) : s)];
            EngineListView.Write(states, parsed.GetValue(json));
            return (int)(states.Any(s => s.Fault is not null) ? ExitCode.OutputsDiffer : ExitCode.Ok);
        });
        return command;
    }

    private static GpcCommand Refit()
    {
        var command = new GpcCommand("refit", "Writes a compiled file with the weights of MODEL, a model of the same structure. "
            + "The plan stays. Engines without weights stay too; others are built again for this machine.");
        var model = new ModelArguments(command);
        var from = new Option<string>("--from") { Description = "The compiled file of the old weights.", HelpName = "COMPILED", Required = true };
        var (output, engines) = Writing(command);
        command.Add(OptionGroup.Common, from);
        command.SetAction(parsed =>
        {
            (string old, string path) = (parsed.GetRequiredValue(from), parsed.GetRequiredValue(output));
            ModelRequest request = model.Request(parsed);
            OutputFile.Check([("--output", path)], request.Path);
            CompiledModel compiled = PlanFile.ReadCompiled(old);
            if (request.Target is null) request = request with { Target = PlanFile.Read(compiled, old).Options.Target };
            var service = new EngineService(engines.Request(parsed));
            using Interrupt interrupt = new();
            return Change(compiled, path, model.Json(parsed), upkeep =>
            {
                var planner = new ModelService(request, _ => { });
                upkeep.ReplaceWeights(planner.Plan().Compilation.ToCompiledModel(), request.Path);
                return Fill(upkeep, service, request.ShapeRanges, planner.Operators, interrupt.Token);
            });
        });
        return command;
    }

    private static GpcCommand Update()
    {
        var command = new GpcCommand("update", "Drops engines that are damaged, stale or of old releases, and builds those that this machine lacks.");
        var file = new Argument<string>("FILE") { Description = "A model that gpc compiled." };
        var oldest = new Option<string?>("--oldest")
        {
            Description = "The oldest release whose engines stay, for instance tensorrt-10.0. Default: the installed release.",
            HelpName = "RELEASE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        command.Add(file);
        var (output, engines) = Writing(command);
        command.Add(OptionGroup.Common, oldest, json);
        command.SetAction(parsed =>
        {
            CompiledModel compiled = PlanFile.ReadCompiled(parsed.GetRequiredValue(file));
            var service = new EngineService(engines.Request(parsed));
            TensorRtRelease? least = parsed.GetValue(oldest) is not { } name ? service.FindMachine(out _)?.Library.Release
                : TensorRtRelease.TryParse(name, out TensorRtRelease release) ? release
                : throw GpcCodes.BadOption.Error($"--oldest {name}", "it is not the name of a release");
            using Interrupt interrupt = new();
            return Change(compiled, parsed.GetRequiredValue(output), parsed.GetValue(json), upkeep =>
            {
                Dictionary<EngineBlob, string> unusable = new(ReferenceEqualityComparer.Instance);
                foreach (UnusableEngine u in EngineOrigin.FindUnusable(compiled)) unusable.TryAdd(u.Engine, u.Reason);
                upkeep.Drop(e => unusable.GetValueOrDefault(e)
                    ?? (least is { } kept && e.Target.TensorRt.IsRtx == kept.IsRtx && !e.Target.TensorRt.IsAtLeast(kept)
                        ? $"{e.Target.TensorRt} is older than {kept}" : null));
                return Fill(upkeep, service, ModelShapes.None, OperatorTable.Default, interrupt.Token);
            });
        });
        return command;
    }

    private static (Argument<string> File, Option<bool> Json, MachineArguments Machine) Reading(GpcCommand command)
    {
        var file = new Argument<string>("FILE") { Description = "A model that gpc compiled." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        command.Add(file);
        command.Add(OptionGroup.Common, json);
        return (file, json, new MachineArguments(command));
    }

    private static (Option<string> Output, EngineArguments Engines) Writing(GpcCommand command)
    {
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        command.Add(OptionGroup.Common, output);
        return (output, new EngineArguments(command, runs: false));
    }

    private static IReadOnlyList<Diagnostic> Fill(
        EngineUpkeep upkeep, EngineService service, ModelShapes shapes, OperatorTable operators, CancellationToken cancellation)
    {
        if (service.FindMachine(out Diagnostic? problem) is { } machine)
            return upkeep.Fill(machine, service.BuildOptions(operators, shapes, machine.Library.Release), cancellation);
        return problem is null ? [] : [problem];
    }

    /// <summary>Changes a compiled model and writes it.</summary>
    private static int Change(
        CompiledModel compiled, string path, bool json, Func<EngineUpkeep, IReadOnlyList<Diagnostic>> change)
    {
        var upkeep = new EngineUpkeep(compiled);
        IReadOnlyList<Diagnostic> warnings = change(upkeep);
        CompiledModel changed = upkeep.Compiled;
        if (EngineFiles.MustBeBeside(changed) || changed.AllGroups.Any(g => g.Engines.Any(e => e.Path is not null)))
            changed = EngineFiles.Write(EngineFiles.Inside(changed), path);
        CompiledModelFormat.Write(changed, path);
        ModelReader.Warn(warnings);
        EngineListView.Write(upkeep.Changes, path, json);
        return (int)ExitCode.Ok;
    }
}
