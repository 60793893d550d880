using System.CommandLine;
using System.Globalization;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Benchmarks;

/// <summary>The nine networks in FP16, FP32 and TF32 on CUDA, in both layouts, paired. Inputs and results are in host memory.</summary>
internal static class HalfBenchmark
{
    public static Command Create()
    {
        var command = new Command("gpu-fp16", "The nine networks in FP16 on CUDA: signal to noise against the CPU, latency against FP32.");
        var only = new Option<string[]>("--only")
        {
            Description = "Only these models.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ZooModel.Nine,
        };
        var seconds = new Option<double>("--seconds") { Description = "Seconds for each pair.", DefaultValueFactory = _ => 2 };
        command.Add(only);
        command.Add(seconds);
        command.SetAction(parsed =>
        {
            Console.WriteLine("All recorded; a ratio takes the better layout of each side. dB: the worst output.");
            Console.WriteLine(
                "| model | FP32 ms | NHWC | TF32 ms | NHWC | FP16 ms | dB | NHWC | dB | FP32 / FP16 | TF32 / FP16 | refused |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (string name in parsed.GetRequiredValue(only)) Console.WriteLine(Row(name, parsed.GetValue(seconds)));
            return 0;
        });
        return command;
    }

    private static string Row(string name, double seconds)
    {
        try
        {
            using ZooModel zoo = ZooModel.Make(name);
            DataValue[] expected = zoo.OnCpu();
            CompiledModel half = Half(zoo);
            Layout first = Measured(zoo, half, expected, nhwc: false, seconds), last = Measured(zoo, half, expected, nhwc: true, seconds);
            double best = Math.Min(first.Half, last.Half);
            return Invariant($"| {name} | {first.Full:F3} | {last.Full:F3} | {first.Tf32:F3} | {last.Tf32:F3} | ")
                + Invariant($"{first.Half:F3} | {first.Decibels:F1} | {last.Half:F3} | {last.Decibels:F1} | ")
                + Invariant($"{Math.Min(first.Full, last.Full) / best:F2} | {Math.Min(first.Tf32, last.Tf32) / best:F2} | ")
                + $"{first.Refusals}{last.Refusals} |";
        }
        catch (Exception e) when (e is EnvironmentException or ModelException)
        {
            return $"| {name} | failed: {e.Message.ReplaceLineEndings(" ")} |";
        }
    }

    private static CompiledModel Half(ZooModel zoo)
    {
        OperatorTable operators = OperatorTable.Default;
        var compiler = new ModelCompiler(operators, new CompileOptions { Evaluator = new OrtConstantEvaluator() });
        Model simple = compiler.Simplify(ModelFile.Read(zoo.Path, operators)).Model;
        Model half = MixedPrecisionConverter.Convert(simple, operators, new PrecisionOptions(LowFormat.Fp16)).Model;
        return ZooModel.Compile(OpsetExport.Lowest(half));
    }

    private static Layout Measured(ZooModel zoo, CompiledModel half, DataValue[] expected, bool nhwc, double seconds)
    {
        var options = new ModelSessionOptions { Device = Device.Cuda, CudaGraphs = true, Nhwc = nhwc };
        using ModelSession full = ModelSession.Create(zoo.Compiled, options);
        using ModelSession tf32 = ModelSession.Create(zoo.Compiled, options with { Tf32 = true });
        using ModelSession narrow = ModelSession.Create(half, options);
        double decibels = double.PositiveInfinity;
        for (int run = 0; run < 4; run++) // as it comes, recorded, and replayed
        {
            using RunResult result = narrow.Run(zoo.Feeds);
            foreach ((DataValue right, DataValue given) in expected.Zip(result.Values.Select(OrtValues.ToData)))
                if (right is TensorValue r && given is TensorValue g && SignalQuality.Between(r.Data, g.Data) is { } quality)
                    decibels = Math.Min(decibels, quality.Decibels);
        }
        string refusals = "";
        using (SessionContext context = narrow.CreateContext())
        {
            for (int i = 0; i < 3; i++) context.Run(zoo.Feeds);
            if (context.Report().Refusals is { Length: > 0 } why) refusals = string.Join("; ", why.Select(w => w.ReplaceLineEndings(" ")));
        }
        Paired strict = Measure.Pairs(() => narrow.Run(zoo.Feeds).Dispose(), () => full.Run(zoo.Feeds).Dispose(), "FP32", seconds);
        Paired fast = Measure.Pairs(() => narrow.Run(zoo.Feeds).Dispose(), () => tf32.Run(zoo.Feeds).Dispose(), "TF32", seconds);
        return new(strict.Theirs!.MedianMs, fast.Theirs!.MedianMs, fast.Ours.MedianMs, decibels, refusals);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Layout(double Full, double Tf32, double Half, double Decibels, string Refusals);
}
