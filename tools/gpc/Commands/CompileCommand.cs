using System.CommandLine;
using GraphPartition.Compiler;
using GraphPartition.Emit;
using GraphPartition.Gpc.View;
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
            PlannedModel planned = model.Plan(parsed);
            CompiledModel compiled = ModelCompiler.Emit(planned.Compilation);
            string path = parsed.GetRequiredValue(output);
            ModelFile.Write(Package.Pack(compiled), path);
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
