using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.EngineBuilder;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc export MODEL -o OUT.onnx</c>: writes a model of any known format as plain ONNX, in an opset of choice.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("export", "Writes a model (ONNX, MindIR or compiled) as plain ONNX. --passes and --input-shapes simplify it.");
        var source = new SourceArguments(command);
        var passes = new PassArguments(command, otherwise: "none");
        var shapes = new ShapeArguments(command, ranges: false);
        var output = new Option<string?>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx" };
        var opset = new Option<int?>("--opset")
        {
            Description = "The opset to write. Default: the opset of the source, or the lowest one above it that can express the model.",
            HelpName = "N",
        };
        var epContext = new Option<string?>("--epcontext")
        {
            Description = "Write each engine of a compiled model to this folder, as a model that ONNX Runtime's TensorRT provider loads, and "
                + "with engines of --engine-names values the whole model.",
            HelpName = "DIR",
        };
        var embed = new Option<bool>("--embed") { Description = "With --epcontext: put engines into the models instead of beside them." };
        command.Add(OptionGroup.Common, output, opset);
        command.Add(OptionGroup.Engines, epContext, embed);
        command.Validators.Add(result =>
        {
            if (result.GetValue(epContext) is null && result.GetValue(output) is null) result.AddError("give --output FILE or --epcontext DIR");
        });
        OptionOf.Refuse(command, result => result.GetValue(epContext) is null ? $"without {epContext.Name}" : null, embed);
        OptionOf.Refuse(command, result => result.GetValue(epContext) is null ? null : $"with {epContext.Name}", output, opset);
        command.SetAction(parsed =>
        {
            ModelRequest request = shapes.In(parsed, passes.In(parsed, source.Request(parsed)));
            bool simplifies = request.Passes != "none" || request.InputShapes.Count > 0;
            if (parsed.GetValue(epContext) is { } folder)
            {
                if (simplifies) throw GpcCodes.BadOption.Error("--epcontext", "--passes and --input-shapes have no effect on engines");
                WriteEngines(request.Path, new ModelService(request, _ => { }).Read(), folder, parsed.GetValue(embed));
                return (int)ExitCode.Ok;
            }
            string path = parsed.GetRequiredValue(output)!;
            OutputFile.Check([("--output", path)], request.Path);
            (Model plain, int before) = Stages.Show(simplifies ? 2 : 1, stage =>
            {
                var service = new ModelService(request, stage);
                Model read = service.Read();
                Model flat = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
                return (simplifies ? service.Simplify(read).Model : flat, flat.Graph.Nodes.Length);
            });
            OutputFile.CheckWeights(path, plain);
            // Weights stay where the source has them: inside the file, or beside it.
            var options = new OnnxWriteOptions { Weights = OutputFile.WeightFilesOf(plain).Any() ? WeightPlace.Beside : WeightPlace.Auto };
            Model written = parsed.GetValue(opset) is { } version ? OpsetExport.At(plain, version) : OpsetExport.Lowest(plain);
            OnnxWriter.Write(written, path, options);
            string nodes = simplifies ? $" ({before} nodes became {plain.Graph.Nodes.Length})" : "";
            AnsiConsole.WriteLine($"wrote {path}{nodes}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void WriteEngines(string path, Model read, string folder, bool embed)
    {
        if (!CompiledModelFormat.IsCompiled(read)) throw GpcCodes.BadOption.Error(path, "--epcontext takes a file that 'gpc compile' wrote");
        CompiledModel compiled = CompiledModelFormat.Read(path);
        foreach (string file in EpContext.Write(compiled, folder, embed)) AnsiConsole.WriteLine($"wrote {file}");
        if (compiled.AllGroups.Any(g => !g.NamesValues && !g.Engines.IsEmpty))
            AnsiConsole.WriteLine("no whole model was written: its engines name tensors by place (gpc compile --engine-names values)");
    }
}
