using System.CommandLine;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.TestModels;
using GraphPartition.TestModels.Layers;
using GraphPartition.TestModels.MindSpore;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc zoo list</c> and <c>gpc zoo write NAME -o FILE</c>: the test models of the project.</summary>
internal static class ZooCommand
{
    public static Command Create() =>
        new("zoo", "Writes test models that are made by code: classic networks, and mixed ones with operators that TensorRT lacks.")
    {
        List(), Write(),
    };

    private static Command List()
    {
        var command = new Command("list", "Lists the models.");
        command.SetAction(_ =>
        {
            Table table = new Table().Border(TableBorder.Simple).AddColumns("name", "what it is", "parameters");
            foreach (ZooEntry entry in ModelZoo.Entries)
                table.AddRow(new Text(entry.Name), new Text(entry.Description), new Text($"{entry.Parameters:N0}"));
            AnsiConsole.Write(table);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command Write()
    {
        var command = new Command("write", "Writes a model as an ONNX file, or as MindSpore would export it.");
        var name = new Argument<string>("NAME") { Description = "A name from 'gpc zoo list'." };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", Required = true };
        var batch = new Option<string>("--batch")
        { Description = "The batch size, or a name for an open size.", DefaultValueFactory = _ => "1" };
        var image = new Option<int?>("--image") { Description = "Height and width of images." };
        var sequence = new Option<int?>("--sequence") { Description = "Tokens of a text." };
        var mindIr = new Option<MindIrStyle?>("--mindir")
        {
            HelpName = "A|B|C",
            Description = "Write MindIR as MindSpore 1.6 (A), 2.0 (B) or 2.5 (C) would: the networks of layers that MindSpore has.",
        };
        command.Add(name);
        foreach (Option option in new Option[] { output, batch, image, sequence, mindIr }) command.Add(option);
        command.SetAction(parsed =>
        {
            ZooEntry entry = ModelZoo.Find(parsed.GetRequiredValue(name))
                ?? throw GpcCodes.BadOption.Error(
                    parsed.GetRequiredValue(name), $"known names are {string.Join(", ", ModelZoo.Entries.Select(e => e.Name))}");
            string size = parsed.GetRequiredValue(batch);
            try
            {
                Model model = entry.Build(new NetworkOptions
                {
                    Batch = long.TryParse(size, out long n) ? n : Dim.Named(size),
                    Image = parsed.GetValue(image),
                    Sequence = parsed.GetValue(sequence),
                    Rules = OperatorTable.Default,
                });
                string path = parsed.GetRequiredValue(output);
                if (parsed.GetValue(mindIr) is { } style)
                {
                    byte[] file = MindSporeExport.ToBytes(model, style);
                    AtomicFile.Write(path, stream => stream.Write(file));
                }
                else ModelFile.Write(model, path);
            }
            catch (NotSupportedException e)
            {
                throw GpcCodes.BadOption.Error(entry.Name, e.Message);
            }
            catch (ArgumentException e)
            {
                throw GpcCodes.BadOption.Error(entry.Name, e.Message);
            }
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
