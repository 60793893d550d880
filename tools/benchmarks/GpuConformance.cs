using System.CommandLine;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Models with inputs and expected outputs, as exporters and the ONNX project write them, on CUDA: merged, and with groups kept apart in
/// several ways, each run three times, so that recordings are made and replayed.
/// </summary>
internal sealed class GpuConformance
{
    private const int Runs = 3;

    private readonly Argument<DirectoryInfo[]> _folders = new Argument<DirectoryInfo[]>("FOLDER")
    {
        Description = "The folder that contains folders with model.onnx and test_data_set_0, at any depth.",
        Arity = ArgumentArity.OneOrMore,
    }.AcceptExistingOnly();

    private readonly Option<string> _after = new("--after")
    {
        Description =
        "Go on behind this model: what follows one that ended the process.",
        DefaultValueFactory = _ => ""
    };
    private readonly Option<string[]> _support = new("--support")
    {
        Description = "How kept groups are cut: values of gpc's --support.",
        DefaultValueFactory = _ => ["random:1:0.5", "random:2:0.2", "random:3:0.8"],
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<bool> _nhwc = new("--nhwc") { Description = "Run convolutions with channels last." };

    public static Command Create()
    {
        var conformance = new GpuConformance();
        var command = new Command("gpu-conformance",
            "Runs models with expected outputs on CUDA; exit code 1 if one differs that agrees on the CPU, or if there is none.");
        command.Add(conformance._folders);
        command.Add(conformance._after);
        command.Add(conformance._support);
        command.Add(conformance._nhwc);
        command.SetAction(conformance.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        int agree = 0, differ = 0, leftOut = 0;
        IEnumerable<string> models = parsed.GetValue(_folders)!.SelectMany(
            f => Directory.EnumerateFiles(f.ToString(), "model.onnx", SearchOption.AllDirectories))
            .Select(f => Path.GetDirectoryName(f)!).Order(StringComparer.Ordinal);
        if (parsed.GetValue(_after) is { Length: > 0 } after)
            models = models.SkipWhile(m => !m.EndsWith(after, StringComparison.Ordinal)).Skip(1);
        foreach (string folder in models)
        {
            Console.Error.WriteLine(folder); // what was running, where the process ends
            string data = Path.Combine(folder, "test_data_set_0");
            if (!File.Exists(Path.Combine(data, "output_0.pb")) || Fault(folder, data, "table", new()) is not null)
            {
                leftOut++;
                continue;
            }
            var faults = new List<string>();
            var cuda = new ModelSessionOptions { Device = Device.Cuda, Nhwc = parsed.GetValue(_nhwc) };
            foreach ((string support, bool keepGroups) in parsed.GetValue(_support)!.Select(s => (s, true)).Prepend(("table", false)))
                if (Fault(folder, data, support, cuda with { KeepGroups = keepGroups }) is { } fault) faults.Add($"{support}: {fault}");
            if (faults.Count == 0) agree++;
            else
            {
                differ++;
                Console.WriteLine($"- {folder}: {string.Join("; ", faults)}");
            }
        }
        Console.WriteLine(
            $"\n{agree} models agree on CUDA, {differ} do not; {leftOut} left out: no expected outputs, or not met on the CPU");
        return agree > 0 && differ == 0 ? 0 : 1; // nothing found shows nothing
    }

    /// <summary>The first result that is not as expected; null: there is none.</summary>
    private static string? Fault(string folder, string data, string support, ModelSessionOptions options)
    {
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            Graph declared = OnnxReader.Read(path).Graph;
            TestDataSet set = TestDataSet.Read(data, declared);
            // ONNX Runtime treats a missing input as absent
            set = set with { Inputs = set.Inputs.RemoveAll(input => input.Value is OptionalValue { Item: null }) };
            using FeedSet feeds = FeedSet.Of(set, declared);
            using ModelSession session = ModelSession.Create(
                ZooModel.Compile(ModelFile.Read(path, OperatorTable.Default), support), options);
            for (int run = 0; run < Runs; run++)
            {
                using RunResult result = session.Run(feeds.Values);
                for (int i = 0; i < set.Outputs.Length; i++)
                    if (ValueDifference.Between(set.Outputs[i].Value, OrtValues.ToData(result.Values[i])) is { Agrees: false } difference)
                        return $"run {run}, output {i}: {difference.Fault}";
            }
            return null;
        }
        catch (Exception e) when (e is ModelException or EnvironmentException or OnnxRuntimeException)
        {
            return e.Message.Split('\n')[0];
        }
    }
}
