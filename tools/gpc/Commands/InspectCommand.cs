using System.CommandLine;
using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Compiler;
using GraphPartition.Gpc.View;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.MindIr;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc inspect FILE</c>: what a model or a compiled model is made of.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var command = new Command("inspect", "Show what a model or a compiled model is made of.");
        var file = new Argument<string>("FILE") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
        var keyFile = new Option<string?>("--mindir-key-file") { Description = "A file with the key of an encrypted MindIR model: its bytes are the key." };
        var graph = new Option<bool>("--graph") { Description = "Print the graph as text." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var engines = new Option<bool>("--engines") { Description = "Print what the engines consist of, as TensorRT tells it: as JSON, a line of what it is before each." };
        var machine = new MachineArguments(command);
        command.Add(engines);
        command.Add(file);
        command.Add(graph);
        command.Add(json);
        command.Add(keyFile);
        var operators = new OperatorsOption(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            ReadOnlyMemory<byte> key = ModelArguments.Key(parsed.GetValue(keyFile));
            if (MindIrReader.Recognizes(path) && !parsed.GetValue(graph))
            {
                // A MindIR file is shown as it stands, so that also a file can be looked at that cannot be imported.
                MindIrFile mindIr = MindIrReader.Inspect(path, key);
                if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(MindIrContents.Of(mindIr), Contents.Json));
                else Write(mindIr);
                return (int)ExitCode.Ok;
            }
            Model model = ModelArguments.Read(path, operators.Table(parsed), key);
            if (parsed.GetValue(engines)) EngineContents.Write(model, machine.Find(parsed), machine.Logger(parsed));
            else if (parsed.GetValue(graph)) Console.Out.Write(GraphPrinter.Print(model));
            else if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(Contents.Of(model), Contents.Json));
            else Write(Contents.Of(model), model);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(MindIrFile file)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]MindIR[/] of MindSpore {file.Release}, version {file.Version}{(file.IsEncrypted ? ", encrypted" : "")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "name", "");
        foreach (MindIrGraph g in file.Graphs) table.AddRow(new Text("function"), new Text($"{g.Name}({string.Join(", ", g.Inputs)})"), new Text($"{g.Nodes} nodes"));
        foreach (MindIrParameter p in file.Parameters)
            table.AddRow(new Text("parameter"), new Text(p.Name), new Text(p.Location is null ? p.Type.ToString() : $"{p.Type} in {p.Location}"));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"primitives: {string.Join(", ", file.Primitives.Select(p => $"{p.Key} {p.Value}"))}");
    }

    private static void Write(Contents c, Model model)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]{c.Name}[/]: opset {string.Join(", ", c.Opsets.Select(o => $"{o.Key} {o.Value}"))}, producer {c.Producer}");
        AnsiConsole.MarkupLineInterpolated($"{c.Nodes} nodes, {c.Constants} constants of {c.ConstantBytes} bytes");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "value", "type");
        foreach ((string name, string type) in c.Inputs) table.AddRow(new Text("input"), new Text(name), new Text(type));
        foreach ((string name, string type) in c.Outputs) table.AddRow(new Text("output"), new Text(name), new Text(type));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"operators: {string.Join(", ", c.Operators.Select(o => $"{o.Key} {o.Value}"))}");
        if (!Package.IsCompiled(model)) return;
        CompiledModel compiled = ModelCompiler.Written(Package.Unpack(model));
        PlanView.Write("compiled model", PlanFile.Read(compiled, model.Path ?? "").Summary);
        foreach (TrtNode group in compiled.AllGroups)
            foreach (EngineBlob engine in group.Engines)
                AnsiConsole.MarkupLineInterpolated($"TrtNode_{group.Id}: engine for {engine.Target}, sha256 {engine.Sha256}");
        foreach (StaleEngine stale in EngineOrigin.FindStale(compiled)) AnsiConsole.WriteLine(stale.Warning.ToString());
    }

    /// <summary>What the command tells of a model; its JSON form has these fields.</summary>
    private sealed record Contents(
        string Name, string Producer, bool IsCompiled, IReadOnlyDictionary<string, int> Opsets, int Nodes, int Constants, long ConstantBytes,
        IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Outputs, IReadOnlyDictionary<string, int> Operators,
        int Functions)
    {
        public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

        public static Contents Of(Model model) => new(
            model.Graph.Name, $"{model.ProducerName} {model.ProducerVersion}".Trim(), Package.IsCompiled(model),
            model.Opsets.ToDictionary(o => o.Key.Length == 0 ? "ai.onnx" : o.Key, o => o.Value),
            model.Graph.Nodes.Length, model.Graph.Constants.Length, model.Graph.Constants.Sum(c => c.Data!.ByteCount),
            model.Graph.Inputs.ToDictionary(v => v.Name, v => v.Type.ToString()!),
            model.Graph.Outputs.DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Type.ToString()!),
            model.Graph.Nodes.GroupBy(n => n.Op.ToString()).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Count()),
            model.Functions.Length);
    }

    /// <summary>The JSON form of a MindIR file: types as the text form writes them.</summary>
    private sealed record MindIrContents(
        string Release, long Version, bool IsEncrypted, IEnumerable<MindIrGraph> Functions, IReadOnlyDictionary<string, string> Parameters,
        IReadOnlyDictionary<string, int> Primitives)
    {
        public static MindIrContents Of(MindIrFile file) => new(
            file.Release, file.Version, file.IsEncrypted, file.Graphs,
            file.Parameters.DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.Type.ToString()), file.Primitives);
    }
}
