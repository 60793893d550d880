using System.CommandLine;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Benchmarks;

/// <summary>
/// From disk to the first answer, and the peak of memory: our compiled file against plain ONNX Runtime on the original one. Each
/// sample has a separate process. The sides alternate.
/// </summary>
internal static class StartupBenchmark
{
    private const int Runs = 10; // of each process: arenas have their size then
    private const double Tolerance = 1e-3;

    public static Command Create()
    {
        var command =
            new Command("startup",
                "From disk to the first answer, and peak memory: compiled file against ONNX Runtime, in separate processes.");
        var only = ZooOption.Create();
        var samples = new Option<int>("--samples") { Description = "Processes of each side.", DefaultValueFactory = _ => 7 };
        command.Add(only);
        command.Add(samples);
        command.SetAction(parsed =>
        {
            Console.WriteLine(
                "first answer: load and first run, in the process; process: from its start to its end, with ten runs; CPU: of the whole process up to the first answer\n");
            Console.WriteLine(
                "| model | ours first answer ms (load + run) | onnxruntime ms (load + run) | ratio | CPU ms | onnxruntime CPU ms | ratio of processes | ours peak MB | onnxruntime peak MB | ratio |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (string name in parsed.GetRequiredValue(only)) Row(name, parsed.GetValue(samples));
            return 0;
        });
        return command;
    }

    private static void Row(string name, int samples)
    {
        using ZooModel zoo = ZooModel.Make(name);
        string compiled = zoo.WriteCompiled();
        var ours = new List<(Answer Answer, double WallMs)>();
        var theirs = new List<(Answer Answer, double WallMs)>();
        for (int i = -1; i < samples; i++) // the first pair brings both files into the system's cache
        {
            (Answer Answer, double WallMs) a = AnswerChild.Run(AnswerChild.Ours, compiled, zoo.Feeds, Runs);
            (Answer Answer, double WallMs) b = AnswerChild.Run(AnswerChild.Theirs, zoo.Path, zoo.Feeds, Runs);
            if (Math.Abs(a.Answer.Norm - b.Answer.Norm) > Tolerance * Math.Abs(b.Answer.Norm))
                throw new InvalidOperationException($"{name}: the sides answer {a.Answer.Norm} and {b.Answer.Norm}");
            if (i < 0) continue;
            ours.Add(a);
            theirs.Add(b);
        }
        Console.WriteLine($"| {name} | {Times(ours)} | {Times(theirs)} | {Ratio(a => a.Answer.Ms):F3} "
            + $"| {Median(ours, a => a.Answer.CpuMs):F0} | {Median(theirs, a => a.Answer.CpuMs):F0} | {Ratio(a => a.WallMs):F3} "
            + $"| {Median(ours, Megabytes):F1} | {Median(theirs, Megabytes):F1} | {Ratio(Megabytes):F3} |");

        double Ratio(Func<(Answer Answer, double WallMs), double> of) => ours.Zip(theirs, (a, b) => of(a) / of(b)).Median();

        static double Megabytes((Answer Answer, double WallMs) sample) => sample.Answer.PeakKilobytes / 1024.0;
        static double Median(List<(Answer Answer, double WallMs)> all, Func<(Answer Answer, double WallMs), double> of) =>
            all.Select(of).Median();
        static string Times(List<(Answer Answer, double WallMs)> all) =>
            $"{Median(all, a => a.Answer.Ms):F0} ({Median(all, a => a.Answer.LoadMs):F0} + {Median(all, a => a.Answer.FirstMs):F0})";
    }
}
