using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Gpc;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using GraphPartition.TestModels;

namespace GraphPartition.Benchmarks;

/// <summary>Import, verification and planning of random graphs as files, against the creation of an ONNX Runtime session.</summary>
internal static class PlanBenchmark
{
    private static readonly ImmutableSortedDictionary<string, int> Opset18 =
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal).Add("", 18);

    public static Command Create()
    {
        var command = new Command("plan", "Import, verify, plan and export random graphs as files; ONNX Runtime's session creation beside it.");
        var nodes = new Option<int[]>("--nodes") { DefaultValueFactory = _ => [10_000, 100_000, 1_000_000], AllowMultipleArgumentsPerToken = true };
        var theirs = new Option<int>("--onnxruntime-up-to") { Description = "Most nodes for ONNX Runtime.", DefaultValueFactory = _ => 10_000 };
        command.Add(nodes);
        command.Add(theirs);
        command.SetAction(parsed =>
        {
            Console.WriteLine("| nodes | file MB | import ms | verify ms | plan ms | export ms | peak MB (process) | ONNX Runtime session ms |\n| --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (int n in parsed.GetRequiredValue(nodes)) Row(n, n <= parsed.GetValue(theirs));
            return 0;
        });
        return command;
    }

    private static void Row(int nodes, bool withOnnxRuntime)
    {
        string path = Path.Combine(Path.GetTempPath(), $"graphpartition-bench-{nodes}.onnx");
        try
        {
            ModelFile.Write(RandomModel(nodes), path);
            GC.Collect();
            Model model = null!;
            double import = Time(() => model = ModelFile.Read(path, OperatorTable.Default));
            double verify = Time(() => _ = GraphVerifier.FindFault(model.Graph) is null ? 0 : throw new InvalidOperationException("unsound"));
            var options = new CompileOptions { Support = SupportPolicy.Parse("random:1:0.8", OperatorTable.Default, TensorRtTarget.Default) };
            double plan = Time(() => new ModelCompiler(OperatorTable.Default, options).Plan(model));
            double export = Time(() => ModelFile.Write(model, path + ".out"));
            long peak = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
            string session = withOnnxRuntime ? $"{Time(() => PlainSession.Load(path, new ModelSessionOptions { Optimize = false }).Dispose()):F0}" : "not run";
            Console.WriteLine($"| {nodes} | {new FileInfo(path).Length >> 20} | {import:F0} | {verify:F0} | {plan:F0} | {export:F0} | {peak} | {session} |");
        }
        finally
        {
            File.Delete(path);
            File.Delete(path + ".out");
        }
    }

    /// <summary>The random graph of the partitioner's benchmark as a model: Add of up to two predecessors.</summary>
    internal static Model RandomModel(int nodes)
    {
        MarkedGraph marked = GraphGenerators.RandomDag(nodes, 0.2, 50);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "random" };
        var values = new Value[nodes];
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        foreach (int node in marked.Graph.TopologicalOrder)
        {
            ReadOnlySpan<int> from = marked.Graph.Predecessors(node);
            var inputs = new Value?[Math.Max(1, from.Length)];
            inputs[0] = x;
            for (int i = 0; i < from.Length; i++) inputs[i] = values[from[i]];
            values[node] = builder.Op("Sum", $"v{node}", inputs);
        }
        return new Model(builder.Build([.. values.Where((_, n) => marked.Graph.Successors(n).IsEmpty)]))
        {
            Opsets = Opset18,
            FormatVersion = 8,
        };
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
