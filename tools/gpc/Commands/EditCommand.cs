using System.CommandLine;
using System.Globalization;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Editing;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc edit MODEL -o OUT.onnx</c>: small changes by hand. All names are those of the model as it is.</summary>
internal static class EditCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("edit", "Changes a model by hand: shapes of inputs, names, outputs, the opset. All options name things as they are in MODEL.");
        var source = new SourceArguments(command);
        var shapes = Many("--set-shape", "INPUT=D0,D1,...", "The shape of an input: numbers, names of dimensions that vary, or ? for one without a name.");
        var values = Many("--rename", "OLD=NEW", "Rename an input, an output or any other value.");
        var nodes = Many("--rename-node", "OLD=NEW", "Rename a node.");
        var drop = Many("--drop-output", "NAME", "Remove this output, and everything that only it needs.");
        var add = Many("--add-output", "NAME", "Make this value an output.");
        var opset = new Option<int?>("--opset") { Description = "The opset to write. Default: that of the model.", HelpName = "N" };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        command.Add(OptionGroup.Common, shapes, values, nodes, drop, add, opset, output);
        command.SetAction(parsed =>
        {
            ModelRequest request = source.Request(parsed);
            string path = parsed.GetRequiredValue(output);
            OutputFile.Check([("--output", path)], request.Path);
            var service = new ModelService(request, _ => { });
            Model read = service.Read();
            Model model = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
            OutputFile.CheckWeights(path, model);
            model = ModelEditor.WithOutputs(model, parsed.GetValue(drop) ?? [], parsed.GetValue(add) ?? []);
            model = ModelEditor.WithShapes(model, Pairs(parsed, shapes).ToDictionary(p => p.Key, p => ShapeOf(p.Key, p.Value)),
                service.Operators);
            model = ModelEditor.Renamed(model, Pairs(parsed, values), Pairs(parsed, nodes));
            var options = new OnnxWriteOptions { Weights = OutputFile.WeightFilesOf(model).Any() ? WeightPlace.Beside : WeightPlace.Auto };
            OnnxWriter.Write(parsed.GetValue(opset) is { } version ? OpsetExport.At(model, version) : OpsetExport.Lowest(model), path,
                options);
            AnsiConsole.WriteLine($"wrote {path}: {model.Graph.Nodes.Length} of {read.Graph.Nodes.Length} nodes");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Option<string[]> Many(string name, string form, string description) =>
        new(name) { Description = $"{description} May be given several times.", HelpName = form };

    /// <summary>The two sides of each <c>OLD=NEW</c>; names may contain an equals sign, and the last one counts.</summary>
    private static Dictionary<string, string> Pairs(ParseResult parsed, Option<string[]> option)
    {
        var pairs = new Dictionary<string, string>();
        foreach (string text in parsed.GetValue(option) ?? [])
        {
            int equals = text.LastIndexOf('=');
            if (equals < 1 || equals == text.Length - 1) throw CompilerCodes.BadEdit.Error($"{option.Name} {text}", $"it takes {option.HelpName}");
            if (!pairs.TryAdd(text[..equals], text[(equals + 1)..])) throw CompilerCodes.BadEdit.Error($"{option.Name} {text}", $"'{text[..equals]}' is given twice");
        }
        return pairs;
    }

    private static Shape ShapeOf(string input, string text) => text == "scalar" ? Shape.Scalar
        : new([.. text.Split(',', StringSplitOptions.TrimEntries).Select(dim =>
        long.TryParse(dim, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? Dim.Known(size)
        : dim == "?" ? Dim.Unknown
        : dim.Length > 0 && (char.IsLetter(dim[0]) || dim[0] == '_') ? Dim.Named(dim)
        : throw CompilerCodes.BadEdit.Error($"--set-shape {input}={text}", $"'{dim}' is neither a size, nor a name, nor ?"))]);
}
