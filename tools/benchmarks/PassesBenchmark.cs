using System.CommandLine;
using System.Globalization;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Benchmarks;

/// <summary>Compares our passes with ONNX Runtime's basic level, by nodes and engines, and times them.</summary>
internal static class PassesBenchmark
{
    public static Command Create()
    {
        var command =
            new Command("passes",
                "Compares our passes with ONNX Runtime's basic level, by nodes and engines, and times them.");
        var models = new Argument<string[]>("MODELS")
        {
            Description =
            "ONNX files, or folders with exported/NAME/model.onnx and onnx-light/NAME.onnx."
        };
        var operators = new Option<bool>("--operators")
        {
            Description =
            "Also list the operators that remain on both sides, and why nodes remain."
        };
        var nodes = new Option<int>("--random-nodes")
        {
            Description = "Nodes of the random graph for the timing; 0: no timing.",
            DefaultValueFactory = _ => 100_000
        };
        command.Add(models);
        command.Add(operators);
        command.Add(nodes);
        command.SetAction(parsed =>
        {
            Console.WriteLine(
                "| model | nodes | after our passes | after ONNX Runtime basic | engines before | engines after | passes, ms | of it weight arithmetic | where ours is more |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
            foreach (string path in parsed.GetRequiredValue(models).SelectMany(Files))
            {
                Row(path);
                if (parsed.GetValue(operators)) Operators(path);
            }
            if (parsed.GetValue(nodes) is > 0 and var count) Time(count);
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Files(string path) => File.Exists(path) ? [path] : Directory
        .GetFiles(path, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static void Row(string path)
    {
        NodeCounts.Of(path); // once for the code to be compiled
        NodeCounts counts = NodeCounts.Of(path);
        string name = Path.GetFileNameWithoutExtension(path) is "model" ? Path.GetFileName(Path.GetDirectoryName(path))!
            : Path.GetFileNameWithoutExtension(path);
        string reason = counts.Ours <= counts.Theirs ? "" : NodeCounts.ReasonFor(name) ?? "not known";
        double all = counts.Compilation.Passes.Sum(p => p.Milliseconds);
        double weights = counts.Compilation.Passes.Where(
            p => p.Pass is nameof(FoldBatchNorm) or nameof(FuseAffineIntoConv) or "FuseSiblingLayers").Sum(p => p.Milliseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {counts.Before} | {counts.Ours} | {counts.Theirs} | {counts.EnginesBefore} | {counts.EnginesAfter} | {all:F0} | {weights:F0} | {reason} |"));
    }

    private static void Operators(string path)
    {
        Compilation after = NodeCounts.Of(path).Compilation;
        Console.WriteLine("ours:   " + List(after.Model.Graph));
        Console.WriteLine("theirs: " + List(NodeCounts.OptimisedByOnnxRuntime(path)));
        foreach (var group in after.Refusals.GroupBy(r => (r.Pass, r.Reason)))
            Console.WriteLine($"  {group.Key.Pass}: {group.Count()} x {group.Key.Reason}, e.g. {group.First().Node}");
        foreach (Diagnostic d in after.Diagnostics.Take(5)) Console.WriteLine("  " + d);
    }

    private static string List(Graph graph) => string.Join(" ",
        All(graph).GroupBy(n => n.Op.ToString()).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key}:{g.Count()}"));

    private static IEnumerable<Node> All(Graph graph) => graph.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(All).Prepend(n));

    private static void Time(int nodes)
    {
        Model model = GeneratedModel.Create(nodes, unsupported: 0.2, window: 50);
        Console.WriteLine($"\nAll passes on the random graph of {nodes} nodes, three times:");
        for (int i = 0; i < 3; i++)
        {
            var runner = new PassRunner(new PassContext(model, OperatorTable.Default) { Evaluator = new OrtConstantEvaluator() });
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            Graph after = runner.Run(Pipeline.Standard, model.Graph);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"- {runner.Reports.Sum(r => r.Milliseconds):F0} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms of processor time, {after.Nodes.Length} nodes left"));
        }
    }
}
