using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Benchmarks;

/// <summary>The nine networks and the mixed ones on CUDA: numbers against the CPU, latency against ONNX Runtime's CUDA provider with its
/// defaults.</summary>
internal static class GpuBenchmark
{
    public static Command Create()
    {
        var command = new Command("gpu", "The zoo on CUDA: numbers against the CPU, latency against ONNX Runtime's defaults, paired.");
        var only = new Option<string[]>("--only")
        {
            Description = "Only these models.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => []
        };
        var seconds = new Option<double>("--seconds") { Description = "Seconds for each pair.", DefaultValueFactory = _ => 2 };
        var graphs = new Option<bool>("--cuda-graphs") { Description = "Record and replay CUDA graphs.", DefaultValueFactory = _ => true };
        var rowOnly = new Option<bool>("--no-header") { Description = "Print rows only, for one process per model." };
        command.Add(graphs);
        command.Add(rowOnly);
        command.Add(only);
        command.Add(seconds);
        command.SetAction(parsed =>
        {
            string[] names = parsed.GetRequiredValue(only);
            if (names.Length == 0) names = [.. ZooModel.Nine, .. ZooModel.Mixed];
            if (!parsed.GetValue(rowOnly)) Header();
            foreach (string name in names) Row(name, parsed.GetValue(seconds), parsed.GetValue(graphs));
            return 0;
        });
        return command;
    }

    private static void Header()
    {
        Console.WriteLine(
            "ours: TF32 as ONNX Runtime's default, recorded; 'strict': without TF32. Inputs and results in host memory on both sides.");
        Console.WriteLine(
            "| model | steps | on device | recorded | strict vs CPU max abs | rel | TF32 vs CPU max abs | rel | onnxruntime ms | ours ms | ratio | NHWC vs CPU max abs | rel | ours NHWC ms | ratio | strict ms | device MB (apart) | fallback operators' own ms |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    }

    private static void Row(string name, double seconds, bool graphs)
    {
        try
        {
            using ZooModel zoo = ZooModel.Make(name);
            DataValue[] expected = zoo.OnCpu();
            (string strict, string strictMs, _) = Ours(
                zoo, expected, new() { Device = Device.Cuda, CudaGraphs = graphs }, seconds: 0.3, theirs: null);
            using PlainSession theirs = PlainSession.Load(zoo.Path, new() { Device = Device.Cuda, Tf32 = true }); // its default
            var fast = new ModelSessionOptions { Device = Device.Cuda, Tf32 = true, CudaGraphs = graphs };
            (string tf32, string ours, ContextReport? report) = Ours(zoo, expected, fast, seconds, theirs);
            (string nhwcDifferences, string nhwc, _) = Ours(zoo, expected, fast with { Nhwc = true }, seconds, theirs, withTheirs: false);
            Console.WriteLine(
                $"| {name} | {report?.Steps.Length} | {report?.Steps.Count(s => !s.Device.Contains("cpu", StringComparison.Ordinal))} | "
                + $"{report?.Recorded}{(report?.Refusals is { Length: > 0 } why ? $" ({string.Join("; ", why.Select(w => w[..Math.Min(120, w.Length)].ReplaceLineEndings(" ")))})" : "")} | "
                + $"{strict} | {tf32} | {ours} | {nhwcDifferences} | {nhwc} | {strictMs} | {(report?.DeviceBytes ?? 0) / 1e6:F2} ({(report?.BytesApart ?? 0) / 1e6:F2}) | {OwnTime(zoo, fast)} |");
        }
        catch (Exception e) when (e is EnvironmentException or ModelException)
        {
            Console.WriteLine($"| {name} | failed: {e.Message.ReplaceLineEndings(" ")} |");
        }
    }

    private static (string Differences, string Latency, ContextReport? Report) Ours(
        ZooModel zoo, DataValue[] expected, ModelSessionOptions options, double seconds, PlainSession? theirs, bool withTheirs = true)
    {
        try
        {
            using ModelSession session = ModelSession.Create(zoo.Compiled, options);
            TensorDifference worst = new(0, 0, 0, null);
            for (int run = 0; run < 4; run++) // as it comes, recorded, and replayed
            {
                using RunResult result = session.Run(zoo.Feeds);
                DataValue[] actual = [.. result.Values.Select(OrtValues.ToData)];
                for (int i = 0; i < actual.Length; i++)
                {
                    TensorDifference one = ValueDifference.Between(expected[i], actual[i], new Tolerance(zoo.Entry.Tolerance, 1e-4));
                    worst = new(Math.Max(worst.MaxAbsolute, one.MaxAbsolute), Math.Max(worst.MaxRelative, one.MaxRelative), worst.Outside
                        + one.Outside, worst.Fault ?? one.Fault);
                }
            }
            string differences =
                Invariant($"{worst.MaxAbsolute:G3} | {worst.MaxRelative:G3}{(worst.Agrees ? "" : worst.Fault is { } fault && worst.Outside == 0 ? $" ({fault})" : $" ({worst.Outside} outside)")}");
            ContextReport report;
            using (SessionContext context = session.CreateContext())
            {
                for (int i = 0; i < 3; i++) context.Run(zoo.Feeds);
                report = context.Report();
            }
            Paired measured = Measure.Pairs(() => session.Run(zoo.Feeds).Dispose(), theirs is null ? null
                : () => theirs.Run(zoo.Feeds).Dispose(), "onnxruntime", seconds);
            string latency = measured.Theirs is null ? Invariant($"{measured.Ours.MedianMs:F3}")
                : Invariant($"{(withTheirs ? $"{measured.Theirs.MedianMs:F3} | " : "")}{measured.Ours.MedianMs:F3} | {measured.Ratio:F3}");
            return (differences, latency, report);
        }
        catch (EnvironmentException e)
        {
            string why = e.Message.ReplaceLineEndings(" ");
            return ("failed | ", $"{(withTheirs && theirs is not null ? " | " : "")}{why[..Math.Min(200, why.Length)]} | ", null);
        }
    }

    /// <summary>The time of each step that does not stay on the device, measured alone.</summary>
    private static string OwnTime(ZooModel zoo, ModelSessionOptions options) => Invariant(
        $"{zoo.Profile(options).Where(t => t.Kind == "step" && t.Device.Contains("cpu", StringComparison.Ordinal)).GroupBy(t => t.Name).Sum(g => g.Select(t => t.Ms).Median()):F3}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
