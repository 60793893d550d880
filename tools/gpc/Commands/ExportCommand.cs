using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.EngineBuilder;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc export MODEL -o OUT.onnx</c>: writes a model of any known format as plain ONNX, in an opset of choice.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("export", "Writes a model (ONNX, MindIR or compiled) as plain ONNX.");
        var model = new ModelArguments(command);
        var output = new Option<string?>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx" };
        var opset = new Option<int?>("--opset")
        {
            Description = "The opset to write. Default: the opset of the source, or the lowest one above it that can express the model.",
            HelpName = "N",
        };
        var epContext = new Option<string?>("--epcontext")
        {
            Description = "Write each engine of a compiled model to this folder, as a model that ONNX Runtime's TensorRT provider loads.",
            HelpName = "DIR",
        };
        var embed = new Option<bool>("--embed") { Description = "With --epcontext: put engines into the models instead of beside them." };
        command.Add(OptionGroup.Common, output, opset);
        command.Add(OptionGroup.Engines, epContext, embed);
        command.SetAction(parsed =>
        {
            ModelRequest request = model.Request(parsed);
            Model read = new ModelService(request, _ => { }).Read();
            if (parsed.GetValue(epContext) is { } folder)
            {
                if (!CompiledModelFormat.IsCompiled(read)) throw GpcCodes.BadOption.Error(
                    request.Path, "--epcontext takes a file that 'gpc compile' wrote");
                foreach (string file in EpContext.Write(CompiledModelFormat.Read(request.Path), folder, parsed.GetValue(embed)))
                    AnsiConsole.WriteLine(
                    $"wrote {file}");
                return (int)ExitCode.Ok;
            }
            string path = parsed.GetValue(output) ?? throw GpcCodes.BadOption.Error("gpc export", "give --output FILE or --epcontext DIR");
            Model plain = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
            if (parsed.GetValue(opset) is { } version) OnnxWriter.Write(OpsetExport.At(plain, version), path);
            else ModelFile.Write(plain, path);
            AnsiConsole.WriteLine($"wrote {path}");
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
