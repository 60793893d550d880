using System.CommandLine;
using System.Diagnostics;
using GraphPartition.Compiler.Import;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.TestModels.Graphs;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Random graphs as files: import, verification, replay and export in this process, all of <c>gpc plan</c> in a separate one, and
/// the creation of an ONNX Runtime session for comparison.
/// </summary>
internal sealed class PlanBenchmark
{
    private readonly Option<int[]> _nodes = new("--nodes")
    {
        Description = "Sizes of the graphs.",
        DefaultValueFactory = _ => [10_000, 100_000, 1_000_000],
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<double> _unsupported = new(
        "--unsupported")
    { Description = "The share of nodes that TensorRT does not know.", DefaultValueFactory = _ => 0.2 };
    private readonly Option<int> _window = new("--window")
    {
        Description = "The largest distance between a node and the producers of its inputs, in nodes.",
        DefaultValueFactory = _ => 50
    };
    private readonly Option<int> _unoptimized = new("--onnxruntime-up-to")
    {
        Description = "The largest graph for ONNX Runtime without optimization, in nodes (10^6 nodes take minutes).",
        DefaultValueFactory = _ => 100_000,
    };
    private readonly Option<int> _optimized = new("--onnxruntime-optimized-up-to")
    {
        Description = "The largest graph for ONNX Runtime with its defaults, in nodes.",
        DefaultValueFactory = _ => 10_000,
    };
    private readonly Option<Blockers> _blockers = new("--blockers")
    {
        Description = "The nodes that TensorRT does not know: contrib (ONNX Runtime can run them), declared or undeclared "
            + "(an unknown operator, with and without the types of its results).",
        DefaultValueFactory = _ => Blockers.Contrib,
    };
    private readonly Option<string?> _write = new("--write") { Description = "Only write the graphs, into this folder." };

    public static Command Create()
    {
        var benchmark = new PlanBenchmark();
        var command =
            new Command("plan",
                "Import, verify, replay, export and plan random graphs as files, next to the creation of an ONNX Runtime session.");
        foreach (Option option in (Option[])[benchmark._nodes, benchmark._unsupported, benchmark._window, benchmark._unoptimized,
            benchmark._optimized, benchmark._blockers, benchmark._write])
            command.Add(option);
        command.SetAction(benchmark.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string? keep = parsed.GetValue(_write);
        if (keep is not null) Directory.CreateDirectory(keep);
        else Console.WriteLine("""
                | nodes | file MB | import ms | verify ms | replay ms | export ms | gpc plan ms | CPU ms | peak MB | ORT basic ms | ORT ms |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        foreach (int nodes in parsed.GetRequiredValue(_nodes))
        {
            string path = Path.Combine(keep ?? Path.GetTempPath(), $"graphpartition-{nodes}.onnx");
            Blockers blockers = parsed.GetValue(_blockers);
            OnnxWriter.Write(GeneratedModel.Create(nodes, parsed.GetValue(_unsupported), parsed.GetValue(_window), blockers), path);
            if (keep is not null) continue;
            try
            {
                bool runs = blockers == Blockers.Contrib;
                Row(path, nodes, runs && nodes <= parsed.GetValue(_unoptimized), runs && nodes <= parsed.GetValue(_optimized));
            }
            finally
            {
                File.Delete(path);
                File.Delete(path + ".out");
            }
        }
        return 0;
    }

    private static void Row(string path, int nodes, bool unoptimized, bool optimized)
    {
        GC.Collect();
        Model? model = null;
        double import = Time(() => model = ModelFile.Read(path, OperatorTable.Default));
        double verify = Time(() => _ = GraphVerifier.FindFault(model!.Graph) is null ? 0 : throw new InvalidOperationException("unsound"));
        double replay = Time(() => Replay(model!.Graph));
        double export = Time(() => ModelFile.Write(model!, path + ".out"));
        model = null;
        GC.Collect();
        ChildRun plan = ChildRun.OfGpc("plan", path, "--json");
        string plain = unoptimized ? $"{Time(() => Load(path, optimize: false)):F0}" : "not run";
        string full = optimized ? $"{Time(() => Load(path, optimize: true)):F0}" : "not run";
        Console.WriteLine($"| {nodes} | {new FileInfo(path).Length / 1_000_000} | {import:F0} | {verify:F0} | {replay:F0} | {export:F0} "
            + $"| {plan.Milliseconds:F0} | {plan.CpuMilliseconds:F0} | {plan.PeakMegabytes} | {plain} | {full} |");
    }

    /// <summary>A copy of the graph with a new first node. The nodes behind it are rebuilt where their types change.</summary>
    private static void Replay(Graph graph)
    {
        var replay = new GraphRewriter(graph, OperatorTable.Default);
        Node first = graph.Nodes[0];
        replay.Replace(first.Outputs[0]!, replay.Builder.Add(first.Op, first.Inputs.AsSpan(), ["replaced"], first.Attributes).Outputs[0]!);
        for (int n = 1; n < graph.Nodes.Length; n++) replay.Keep(graph.Nodes[n]);
        replay.Finish();
    }

    private static void Load(string path, bool optimize) =>
        PlainSession.Load(path, new ModelSessionOptions { Optimize = optimize }).Dispose();

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
