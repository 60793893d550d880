using System.CommandLine;
using GraphPartition.Compiler;
using GraphPartition.Emit;
using GraphPartition.Gpc.View;
using GraphPartition.Ir;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc compile MODEL -o OUT.onnx</c>: writes the compiled model, a valid ONNX file.</summary>
internal static class CompileCommand
{
    public static Command Create()
    {
        var command = new Command("compile", "Partition a model and write it as an ONNX file that any ONNX runtime can run.");
        var model = new ModelArguments(command);
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", Required = true };
        command.Add(output);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output);
            PlannedModel planned = Stages.Show(4, stage =>
            {
                PlannedModel result = model.Plan(parsed, stage);
                stage("packing the groups");
                Model packed = Package.Pack(ModelCompiler.Emit(result.Compilation));
                stage("writing");
                ModelFile.Write(packed, path);
                return result;
            });
            if (model.Json(parsed)) Console.Out.WriteLine(planned.Report.ToJson());
            else
            {
                PlanView.Write(Path.GetFileName(model.Path(parsed)), planned.Report);
                AnsiConsole.MarkupLineInterpolated($"wrote {path} ({new FileInfo(path).Length} bytes)");
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
