using System.CommandLine;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Emit;
using GraphPartition.Gpc;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>Latency of our merged execution against plain ONNX Runtime on the same file, paired in one process.</summary>
internal static class OverheadBenchmark
{
    public static Command Create()
    {
        var command = new Command("overhead", "Latency of merged execution against plain ONNX Runtime, paired.");
        var models = new Argument<string[]>("MODEL") { Description = "ONNX files." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 10 };
        command.Add(models);
        command.Add(seconds);
        command.SetAction(parsed =>
        {
            Console.WriteLine("| model | ours median ms | onnxruntime median ms | ratio (median of pairs) | runs |\n| --- | --- | --- | --- | --- |");
            foreach (string path in parsed.GetRequiredValue(models))
            {
                Model model = ModelFile.Read(path, OperatorTable.Default);
                CompiledModel compiled = ModelCompiler.Emit(new ModelCompiler(OperatorTable.Default, new() { Evaluator = new OrtConstantEvaluator() }).Plan(model));
                var options = new ModelSessionOptions();
                using ModelSession ours = ModelSession.Create(compiled, options);
                using PlainSession theirs = PlainSession.Load(path, options);
                Dictionary<string, OrtValue> feeds = new InputGenerator(new Dictionary<string, long>()).For(model.Graph)
                    .ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
                Paired measured = Measure.Pairs(() => ours.Run(feeds).Dispose(), () => theirs.Run(feeds).Dispose(), "onnxruntime", parsed.GetValue(seconds));
                Console.WriteLine($"| {Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)} | {measured.Ours.MedianMs:F3} | "
                    + $"{measured.Theirs!.MedianMs:F3} | {measured.Ratio:F3} | {measured.Ours.Runs} |");
            }
            return 0;
        });
        return command;
    }
}
