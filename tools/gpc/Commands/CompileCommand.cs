using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Gpc.View;
using GraphPartition.Ir.Graphs;
using GraphPartition.TensorRt.Library;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc compile MODEL -o OUT.onnx</c>: writes the compiled model, a valid ONNX file, with engines where they can be built.</summary>
internal static class CompileCommand
{
    private sealed record Result(PlanReport Plan, BuildReport? Engines, Diagnostic? Problem);

    public static Command Create()
    {
        var command = new Command("compile", "Partition a model, build its engines where TensorRT is there, and write it as an ONNX file that any ONNX runtime can run.");
        var model = new ModelArguments(command);
        var engines = new EngineArguments(command, runs: false);
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", Required = true };
        var add = new Option<bool>("--add-engine") { Description = "MODEL is a compiled file: keep it as it is and add the engines of this machine." };
        var beside = new Option<bool>("--engine-files") { Description = "Write engines to files beside OUT.onnx (folder OUT.onnx.engines) instead of into it." };
        command.Add(output);
        command.Add(add);
        command.Add(beside);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output);
            using Interrupt interrupt = new();
            Result result = Stages.Show(5, stage =>
            {
                (CompiledModel compiled, Result made) = parsed.GetValue(add)
                    ? Add(parsed, model, engines, stage, interrupt.Token)
                    : Compile(parsed, model, engines, stage, interrupt.Token);
                stage("writing");
                if (parsed.GetValue(beside) || EngineFiles.MustBeBeside(compiled)) compiled = EngineFiles.Write(compiled, path);
                ModelFile.Write(Package.Pack(compiled), path);
                return made;
            });
            if (model.Json(parsed)) Console.Out.WriteLine(EngineView.ToJson(result.Plan, result.Engines, result.Problem));
            else
            {
                PlanView.Write(Path.GetFileName(model.Path(parsed)), result.Plan);
                if (result.Engines is { } report) EngineView.Write(report);
                AnsiConsole.MarkupLineInterpolated($"wrote {path} ({new FileInfo(path).Length} bytes)");
            }
            EngineView.Warn(result.Engines, model.Json(parsed) ? null : result.Problem);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static (CompiledModel, Result) Compile(
        ParseResult parsed, ModelArguments model, EngineArguments engines, Action<string> stage, CancellationToken cancellation)
    {
        TensorRtMachine? machine = engines.Machine(parsed, out Diagnostic? problem);
        PlannedModel planned = model.Plan(parsed, stage, machine);
        CompiledModel compiled = ModelArguments.Emit(parsed, ref planned, machine, engines, stage, cancellation, out BuildReport? report);
        return (compiled, new Result(planned.Report, report, problem));
    }

    private static (CompiledModel, Result) Add(
        ParseResult parsed, ModelArguments model, EngineArguments engines, Action<string> stage, CancellationToken cancellation)
    {
        stage("reading the model");
        Model file = model.Read(parsed);
        if (!Package.IsCompiled(file)) throw Codes.BadInput.Error(model.Path(parsed), "--add-engine takes a file that 'gpc compile' wrote");
        CompiledModel compiled = Package.Unpack(file);
        if (engines.Machine(parsed, out Diagnostic? problem) is not { } machine)
            throw new EnvironmentException(Codes.EnginesRequired, "--add-engine", problem?.ToString() ?? "--engines off");
        EngineOptions options = engines.Options(parsed, stage) with { Operators = model.Operators(parsed) };
        (CompiledModel added, BuildReport report) = new EngineCompiler(machine, options).Add(compiled, cancellation);
        return (added, new Result(PlanFile.Read(compiled, model.Path(parsed)).Summary, report, null));
    }
}
