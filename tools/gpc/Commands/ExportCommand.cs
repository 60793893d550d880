using System.CommandLine;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Opsets;
using GraphPartition.Emit;
using GraphPartition.Ir;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc export MODEL -o OUT.onnx</c>: writes a model of any known format as plain ONNX, in an opset of choice.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new Command("export", "Write a model (ONNX, MindIR, or compiled) as plain ONNX.");
        var model = new ModelArguments(command);
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", Required = true };
        var opset = new Option<int?>("--opset") { Description = "The opset to write; without it the source's, or the least above it that can say everything." };
        command.Add(output);
        command.Add(opset);
        command.SetAction(parsed =>
        {
            Model read = model.Read(parsed);
            Model plain = Package.IsCompiled(read) ? Package.Unpack(read).Model : read;
            if (parsed.GetValue(opset) is { } asked) plain = OpsetExport.At(plain, asked);
            ModelFile.Write(plain, parsed.GetRequiredValue(output));
            AnsiConsole.WriteLine($"wrote {parsed.GetRequiredValue(output)}");
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
