using System.CommandLine;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>Requests from many threads for a long time: same results, no growth of memory, no deadlock on cancellation.</summary>
internal static class SoakBenchmark
{
    private static readonly long[] Image = [1, 1, 32, 32];

    public static Command Create()
    {
        var command =
            new Command("soak",
                "LeNet from many threads, with batching and without, some requests cancelled; exit code 1 if an answer is wrong, memory grows, or nothing moves.");
        var runs = new Option<int>("--runs") { Description = "Requests of each part.", DefaultValueFactory = _ => 100_000 };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 16 };
        var cancelled = new Option<double>("--cancelled")
        {
            Description = "The share of requests that are cancelled.",
            DefaultValueFactory = _ => 0.05
        };
        var resident = new Option<double>("--growth")
        {
            Description =
            "Megabytes by which the resident set may grow from the first three tenths of the requests to the last three.",
            DefaultValueFactory = _ => 16
        };
        var managed = new Option<double>("--managed-growth")
        {
            Description = "The same for the managed heap.",
            DefaultValueFactory = _ => 1
        };
        foreach (Option option in (Option[])[runs, threads, cancelled, resident, managed]) command.Add(option);
        command.SetAction(parsed =>
        {
            using ZooModel zoo = ZooModel.Make("lenet", "n");
            using var plain = new InferenceSession(zoo.Path);
            string file = zoo.WriteCompiled();
            bool good = true;
            foreach ((bool fromFile, bool batches) in (ReadOnlySpan<(bool, bool)>)[
                (false, true), (false, false), (true, true), (true, false)])
            {
                var options = new ModelSessionOptions { Contexts = 4 };
                using ModelSession session = fromFile ? ModelSession.Load(file, options) : ModelSession.Create(zoo.Compiled, options);
                using var soak = new SoakRun(session, plain, Image,
                    new(parsed.GetValue(runs), parsed.GetValue(threads), parsed.GetValue(cancelled), batches));
                SoakReport report = soak.Run();
                good &= Write(report, fromFile, batches, parsed.GetValue(resident), parsed.GetValue(managed));
            }
            return good ? 0 : 1;
        });
        return command;
    }

    private static bool Write(SoakReport report, bool fromFile, bool batches, double resident, double managed)
    {
        Console.WriteLine(
            $"\n## {(fromFile ? "From a file, executed whole by ONNX Runtime" : "Planned")}, batching {(batches ? $"on ({report.MeanBatch:F1} requests in a batch on average)" : "off")}\n");
        Console.WriteLine("| requests | seconds | resident MB | managed heap MB |\n| --- | --- | --- | --- |");
        foreach (SoakMark mark in report.Marks)
            Console.WriteLine(
                $"| {mark.Runs} | {mark.Seconds:F1} | {mark.ResidentKilobytes / 1024.0:F1} | {mark.ManagedBytes / (double)(1 << 20):F2} |");
        var faults = new List<string>(report.Faults);
        if (report.GrownMegabytes > resident) faults.Add($"the resident set has grown by more than {resident} MB");
        if (report.GrownManagedMegabytes > managed) faults.Add($"the managed heap has grown by more than {managed} MB");
        Console.WriteLine(
            $"\n{report.Answered} answered, {report.Cancelled} cancelled; greatest difference from ONNX Runtime {report.MaxDifference:G3}; "
            + $"from the first marks to the last resident {report.GrownMegabytes:+0.0;-0.0} MB, managed {report.GrownManagedMegabytes:+0.00;-0.00} MB: {(faults.Count == 0 ? "ok" : "failed")}");
        foreach (string fault in faults) Console.WriteLine($"- {fault}");
        return faults.Count == 0;
    }
}
