using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc export MODEL -o OUT.onnx</c>: writes a model of any known format as plain ONNX, in an opset of choice.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new Command("export", "Write a model (ONNX, MindIR, or compiled) as plain ONNX.");
        var model = new ModelArguments(command);
        var output = new Option<string?>("--output", "-o") { Description = "The file to write." };
        var opset = new Option<int?>("--opset") { Description = "The opset to write; without it the source's, or the least above it that can say everything." };
        var epContext = new Option<string?>("--epcontext") { Description = "Write each engine of a compiled model into this folder, as a model that ONNX Runtime's TensorRT provider takes." };
        var embed = new Option<bool>("--embed") { Description = "With --epcontext: put engines into the models instead of beside them." };
        command.Add(output);
        command.Add(epContext);
        command.Add(embed);
        command.Add(opset);
        command.SetAction(parsed =>
        {
            Model read = model.Read(parsed);
            bool isCompiled = CompiledModelFormat.IsCompiled(read);
            if (parsed.GetValue(epContext) is { } folder)
            {
                if (!isCompiled) throw Codes.BadInput.Error(model.Path(parsed), "--epcontext takes a file that 'gpc compile' wrote");
                CompiledModel compiled = CompiledModelFormat.Read(model.Path(parsed));
                foreach (string file in EpContext.Write(compiled, folder, parsed.GetValue(embed))) AnsiConsole.WriteLine($"wrote {file}");
                return (int)ExitCode.Ok;
            }
            string path = parsed.GetValue(output) ?? throw Codes.BadInput.Error("gpc export", "--output FILE or --epcontext DIR is needed");
            Model plain = isCompiled ? CompiledModelFormat.Read(read).Model : read;
            if (parsed.GetValue(opset) is { } asked) plain = OpsetExport.At(plain, asked);
            ModelFile.Write(plain, path);
            AnsiConsole.WriteLine($"wrote {path}");
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
