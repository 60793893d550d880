using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>The cost of one boundary: a chain of small operators as one step and as many steps.</summary>
internal static class BoundaryBenchmark
{
    private const int Length = 200;

    private static readonly ImmutableSortedDictionary<string, int> Opset18 = OpsetVersions.Standard(18);

    public static Command Create()
    {
        var command = new Command("boundary", "Cost of one boundary between steps, in microseconds.");
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 5 };
        var device = new Option<string>("--device") { Description = "cpu | cuda.", DefaultValueFactory = _ => "cpu" };
        var graphs = new Option<bool>("--cuda-graphs") { Description = "Record and replay CUDA graphs.", DefaultValueFactory = _ => true };
        foreach (Option option in new Option[] { seconds, device, graphs }) command.Add(option);
        command.SetAction(parsed =>
        {
            Console.WriteLine($"chain of {Length} Relu on f32[1,64]; every other node in a group of its own");
            CompiledModel compiled = Chain();
            var options = new ModelSessionOptions
            {
                Optimize = false,
                Threads = 1,
                Device = parsed.GetRequiredValue(device) == "cuda" ? Device.Cuda : Device.Cpu,
                CudaGraphs = parsed.GetValue(graphs),
            };
            using ModelSession one = ModelSession.Create(compiled, options);
            using ModelSession many = ModelSession.Create(compiled, options with { KeepGroups = true });
            using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[64], 1, 64));
            var feeds = new Dictionary<string, OrtValue> { ["x"] = x };
            Paired measured = Measure.Pairs(() => many.Run(feeds).Dispose(), () => one.Run(feeds).Dispose(), "one step",
                parsed.GetValue(seconds));
            int boundaries = many.Plan.Steps.Length - 1;
            double microseconds = (measured.Ours.MedianMs - measured.Theirs!.MedianMs) * 1000 / boundaries;
            Console.WriteLine($"| steps | median ms | one step, median ms | microseconds per boundary |\n| --- | --- | --- | --- |");
            Console.WriteLine($"| {boundaries + 1} | {measured.Ours.MedianMs:F4} | {measured.Theirs.MedianMs:F4} | {microseconds:F2} |");
            return 0;
        });
        return command;
    }

    private static CompiledModel Chain()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value value = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 64)));
        for (int i = 0; i < Length; i++) value = builder.Op("Relu", $"y{i}", [value]);
        Model model = new(builder.Build(value)) { Opsets = Opset18, FormatVersion = 8 };
        var options = new CompileOptions { SupportPolicy = new EveryOther(), Passes = Pipeline.None };
        return new ModelCompiler(OperatorTable.Default, options).Plan(model).ToCompiledModel();
    }

    private sealed class EveryOther : SupportPolicy
    {
        public override string Name => "every other node";

        public override Verdict SupportOf(Node node, int index) => index % 2 == 0 ? Verdict.Yes : Verdict.No("odd", "odd");
    }
}
