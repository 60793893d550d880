using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc compile MODEL -o OUT.onnx</c>: writes the compiled model, a valid ONNX file, with engines where they can be
/// built.</summary>
internal static class CompileCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand(
                "compile", "Writes a compiled model: an ONNX file that every ONNX runtime can run, with engines if TensorRT is installed.");
        var model = new ModelArguments(command);
        var inputs = new InputArguments(command, many: true);
        var observe = new ObserveArguments(command, inputs);
        var engines = new EngineArguments(command, runs: false, hasTargets: true);
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        var add = new Option<bool>("--add-engine")
        { Description = "MODEL is a compiled file: keep it and add the engines of this machine." };
        var beside = new Option<bool>("--engine-files")
        {
            Description = "Write engines to the folder OUT.onnx.engines instead of into the file.",
        };
        var check = new Option<bool>("--check-engines")
        {
            Description = "Compare each engine with its nodes in a run; one that differs is built again in float32 or left out.",
        };
        var budgets = new BudgetOption("Outputs of engines have sqnr:DB, cosine:C, top1:SHARE or max:ERROR on the samples (--check-engines); few "
            + "nodes of an engine that misses it stay in FP32.");
        var noCheck = new Option<bool>("--no-check") { Description = "Do not load the written file with ONNX Runtime." };
        command.Add(OptionGroup.Common, output, noCheck);
        command.Add(OptionGroup.Engines, add, beside, check, budgets);
        OptionOf.Refuse(command, result => result.GetValue(observe.Option) || result.GetValue(check) ? null
            : $"without {observe.Option.Name} or {check.Name}: compile does not run the model", inputs.All);
        OptionOf.Refuse(command, result => OptionOf.AnyGiven(result, engines.For)
            ? $"with {engines.For.Name}: engines for other GPUs do not run here" : null, check);
        OptionOf.Refuse(command, result => !result.GetValue(check) ? $"without {check.Name}"
            : inputs.AreSamples(result) ? null : "without --test-data or --calibration-data", budgets);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output);
            ModelRequest request = observe.In(parsed, model.Request(parsed));
            // A compiled file may get the engines of this machine in place: everything else in it stays.
            if (!parsed.GetValue(add)) OutputFile.Check([("--output", path)], request.Path);
            else if (request.ChangesPlan || request.InputShapes.Count > 0)
                throw GpcCodes.BadOption.Error("--add-engine", "it keeps the plan of the file, so options that change the plan have no effect");
            var engineService = new EngineService(engines.Request(parsed));
            using Interrupt interrupt = new();
            CompiledResult result = Stages.Show(6, stage =>
            {
                var service = new ModelService(request, stage);
                CompiledResult made = parsed.GetValue(add)
                    ? service.AddEngines(engineService, interrupt.Token)
                    : service.Compile(engineService, interrupt.Token);
                if (parsed.GetValue(check))
                    made = service.CheckEngines(made, engineService, inputs.Request(parsed), budgets.Read(parsed), interrupt.Token);
                CompiledModel compiled = made.Compiled;
                if (parsed.GetValue(beside) || EngineFiles.MustBeBeside(compiled)) compiled = EngineFiles.Write(compiled, path);
                if (!parsed.GetValue(add)) OutputFile.CheckWeights(path, compiled.Model);
                if (parsed.GetValue(noCheck)) CompiledModelFormat.Write(compiled, path);
                else WriteChecked(compiled, path, service.CustomOperators, stage);
                return made;
            });
            if (model.Json(parsed)) Console.Out.WriteLine(EngineView.ToJson(result));
            else
            {
                PlanView.Write(Path.GetFileName(request.Path), result.Plan);
                if (result.Engines is { } report) EngineView.Write(report);
                EngineView.Write(result.Checked);
                AnsiConsole.MarkupLineInterpolated($"wrote {path} ({new FileInfo(path).Length} bytes)");
            }
            EngineView.Warn(result.Engines, model.Json(parsed) ? null : result.Problem);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void WriteChecked(CompiledModel compiled, string path, CustomOperators operators, Action<string> stage)
    {
        OrtRefusal? refusal = CheckedFile.Write(
            path, operators, file => CompiledModelFormat.Write(compiled, file), keeps: r => r.LacksOperator, stage);
        if (refusal is null) return;
        if (!refusal.LacksOperator) throw GpcCodes.NotLoadable.Error(path, refusal.Message);
        ModelReader.Warn([GpcCodes.LacksOperator.At(path, refusal.Message)]);
    }
}
