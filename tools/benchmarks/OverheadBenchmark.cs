using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Gpc.Services;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>Latency of our execution on the CPU against plain ONNX Runtime on the same file, paired in one process.</summary>
internal sealed class OverheadBenchmark
{
    private readonly Argument<string[]> _models = new("MODEL") { Description = "ONNX files.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _zoo = new("--zoo")
    {
        Description = "Networks of the zoo; without names: the nine networks.",
        Arity = ArgumentArity.ZeroOrMore,
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string> _support = new("--support") { Description = "As in gpc.", DefaultValueFactory = _ => "table" };
    private readonly Option<bool> _keepGroups = new("--keep-groups") { Description = "Run every group as a separate step." };
    private readonly Option<double> _seconds = new("--seconds") { Description = "Seconds for each model.", DefaultValueFactory = _ => 10 };

    public static Command Create()
    {
        var benchmark = new OverheadBenchmark();
        var command = new Command("overhead", "Latency of merged (or cut) execution on the CPU against plain ONNX Runtime, paired.");
        command.Add(benchmark._models);
        foreach (Option option in (Option[])[benchmark._zoo, benchmark._support, benchmark._keepGroups, benchmark._seconds])
            command.Add(option);
        command.SetAction(benchmark.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        Console.WriteLine(
            "| model | steps | ours median ms | onnxruntime median ms | ratio (median of pairs) | pairs |\n| --- | --- | --- | --- | --- | --- |");
        foreach (string path in parsed.GetValue(_models) ?? [])
        {
            (CompiledModel compiled, Dictionary<string, OrtValue> feeds) = ZooModel.Compile(path, parsed.GetValue(_support)!);
            Row(parsed, $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}", path, compiled, feeds);
        }
        if (parsed.GetResult(_zoo) is not { Implicit: false }) return 0;
        string[] names = parsed.GetValue(_zoo) ?? [];
        foreach (string name in names.Length > 0 ? names : ZooModel.Nine)
        {
            using ZooModel zoo = ZooModel.Make(name, support: parsed.GetValue(_support)!);
            Row(parsed, name, zoo.Path, zoo.Compiled, zoo.Feeds);
        }
        return 0;
    }

    private void Row(ParseResult parsed, string name, string path, CompiledModel compiled, Dictionary<string, OrtValue> feeds)
    {
        var options = new ModelSessionOptions { KeepGroups = parsed.GetValue(_keepGroups) };
        using ModelSession ours = ModelSession.Create(compiled, options);
        using PlainSession theirs = PlainSession.Load(path, options);
        Paired measured = Measure.Pairs(() => ours.Run(feeds).Dispose(), () => theirs.Run(feeds).Dispose(), "onnxruntime",
            parsed.GetValue(_seconds));
        Console.WriteLine($"| {name} | {ours.Plan.Steps.Length} | {measured.Ours.MedianMs:F3} | "
            + $"{measured.Theirs!.MedianMs:F3} | {measured.Ratio:F3} | {measured.Ours.Runs} |");
    }
}
