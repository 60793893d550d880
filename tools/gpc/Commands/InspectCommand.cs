using System.CommandLine;
using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.MindIr;
using GraphPartition.Runtime.Ort;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc inspect FILE</c>: shows the contents of a model or of a compiled model.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("inspect", "Shows the contents of a model or of a compiled model.");
        var file = new Argument<string>("FILE") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
        var keyFile = new KeyOption();
        var graph = new Option<bool>("--graph") { Description = "Print the graph as text." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var engines = new Option<bool>("--engines")
        { Description = "Print what TensorRT reports about the engines: a line and a JSON object for each." };
        var operators = new OperatorsOption();
        var customOperators = new CustomOperatorsOption();
        command.Add(file);
        command.Add(OptionGroup.Common, graph, engines, json, keyFile.Option);
        command.Add(OptionGroup.Operators, operators.Option, customOperators.Option);
        var machine = new MachineArguments(command);
        OptionOf.Exclusive(command, graph, engines, json);
        OptionOf.Refuse(command, result => result.GetValue(engines) ? null : $"without {engines.Name}", machine.All);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            ReadOnlyMemory<byte> key = ModelReader.Key(keyFile.File(parsed));
            if (MindIrReader.Recognizes(path) && !parsed.GetValue(graph))
            {
                // A MindIR file is shown without an import, so that files that cannot be imported can be inspected too.
                MindIrFile mindIr = MindIrReader.Inspect(path, key);
                if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(MindIrContents.Of(mindIr), Contents.Json));
                else Write(mindIr);
                return (int)ExitCode.Ok;
            }
            Model model = ModelReader.Read(path, ModelReader.Operators(
                operators.Files(parsed), CustomOperatorLoader.Load(customOperators.Paths(parsed))), key);
            if (parsed.GetValue(engines)) EngineContents.Write(model, machine.Request(parsed));
            else if (parsed.GetValue(graph)) Console.Out.Write(GraphPrinter.Print(model));
            else if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(Contents.Of(model), Contents.Json));
            else Write(Contents.Of(model), model);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(MindIrFile file)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]MindIR[/] of MindSpore {file.Release}, version {file.Version}{(file.IsEncrypted ? ", encrypted" : "")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "name", "");
        foreach (MindIrGraph g in file.Graphs) table.AddRow(
            new Text("function"), new Text($"{g.Name}({string.Join(", ", g.Inputs)})"), new Text($"{g.Nodes} nodes"));
        foreach (MindIrParameter p in file.Parameters)
            table.AddRow(
                new Text("parameter"), new Text(p.Name), new Text(p.Location is null ? p.Type.ToString() : $"{p.Type} in {p.Location}"));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"primitives: {string.Join(", ", file.Primitives.Select(p => $"{p.Key} {p.Value}"))}");
    }

    private static void Write(Contents c, Model model)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{c.Name}[/]: opset {string.Join(", ", c.Opsets.Select(o => $"{o.Key} {o.Value}"))}, producer {c.Producer}");
        AnsiConsole.MarkupLineInterpolated($"{c.Nodes} nodes, {c.Constants} constants of {c.ConstantBytes} bytes");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "value", "type");
        foreach ((string name, string type) in c.Inputs) table.AddRow(new Text("input"), new Text(name), new Text(type));
        foreach ((string name, string type) in c.Outputs) table.AddRow(new Text("output"), new Text(name), new Text(type));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"operators: {string.Join(", ", c.Operators.Select(o => $"{o.Key} {o.Value}"))}");
        if (!c.IsCompiled) return;
        CompiledModel compiled = CompiledModelFormat.Read(model.Path!);
        PlanView.Write("compiled model", PlanFile.Read(compiled, model.Path!).Summary);
        foreach (UsedLibrary library in compiled.Libraries)
        {
            string kind = library.Kind == LibraryKind.Plugins ? "plugins" : "custom operators";
            AnsiConsole.MarkupLineInterpolated($"compiled with {library.Name} ({kind}), sha256 {library.Sha256}");
        }
        foreach (TrtNode group in compiled.AllGroups)
            foreach (EngineBlob engine in group.Engines)
                AnsiConsole.MarkupLineInterpolated($"TrtNode_{group.Id}: engine for {engine.Target}, sha256 {engine.Sha256}");
        foreach (UnusableEngine stale in EngineOrigin.FindUnusable(compiled)) AnsiConsole.WriteLine(stale.Warning.ToString());
    }

    /// <summary>What the command prints of a model. These are the fields of its JSON form.</summary>
    private sealed record Contents(
        string Name, string Producer, bool IsCompiled, IReadOnlyDictionary<string, int> Opsets, int Nodes, int Constants,
            long ConstantBytes,
        IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Outputs, IReadOnlyDictionary<string, int> Operators,
        int Functions)
    {
        public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

        public static Contents Of(Model model) => new(
            model.Graph.Name, $"{model.ProducerName} {model.ProducerVersion}".Trim(), CompiledModelFormat.IsCompiled(model),
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
