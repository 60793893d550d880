using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GraphPartition.Benchmarks.RealModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Quantization;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Targets;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// INT8, FP8 and INT4: methods of calibration on trained models, budgets, files of other quantizers, and what a long calibration costs.
/// </summary>
internal static class QuantizationBenchmark
{
    /// <summary>Output SQNR in dB of max, percentile 99.99, MSE and entropy per channel in our notes: all layers, another input.</summary>
    private static readonly Dictionary<string, string> Notes = new()
    {
        ["ResNet18 (ML.NET)"] = "26.6, 19.0, 26.8, 19.0",
        ["BlazeFace"] = "15.9, 16.8, 18.5, 14.3",
        ["PP-OCRv4 detection"] = "6.5, 6.7, 6.9, 13.9",
        ["PP-OCRv4 recognition"] = "15.8, 13.9, 15.6, 0.0",
        ["MiniLM"] = "9.4, 11.7, 11.2, 6.1",
        ["arctic-embed-xs"] = "21.4, 22.6, 21.7, 11.7",
    };

    private static readonly ImmutableArray<CalibrationMethod> Alone =
        [CalibrationMethod.Max, CalibrationMethod.Percentile, CalibrationMethod.Mse, CalibrationMethod.Entropy];

    public static Command Create()
    {
        var command = new Command("quantization", "Quantizes trained models, and models of other quantizers' files.");
        var models = new Argument<string>("MODELS") { Description = "A folder with NAME/model.onnx for each trained model." };
        var packages = new Option<string>("--packages")
        {
            Description = "The folder of NuGet packages, for models that packages carry.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        };
        var only = new Option<string?>("--only") { Description = "Only models whose names have this text." };
        var converted = new Option<string[]>("--converted")
        {
            Description = "Folders with NAME.KIND/model.onnx that other quantizers wrote.",
            DefaultValueFactory = _ => [],
        };
        var floats = new Option<string?>("--float") { Description = "The folder with their FP32 models: NAME/model.onnx and test data." };
        var images = new Option<int>("--images")
        {
            Description = "Calibrate the first model with so many images; without --page nothing else.",
            DefaultValueFactory = _ => 0,
        };
        var unseen = new Option<bool>("--unseen") { Description = "Write only the table of samples that were not seen." };
        var seen = new Option<bool>("--seen") { Description = "Leave out the table of samples that were not seen." };
        var page = new Option<string?>("--page") { Description = "Write the tables into this file." };
        foreach (Option option in (Option[])[packages, only, converted, floats, images, unseen, seen, page]) command.Add(option);
        command.Add(models);
        command.SetAction(parsed =>
        {
            var text = new StringBuilder();
            void Line(string line)
            {
                Console.WriteLine(line);
                text.Append(line).Append('\n');
            }
            RealModel[] all = [.. RealModel.All(parsed.GetRequiredValue(models), parsed.GetRequiredValue(packages)).Where(
                m => parsed.GetValue(only) is not { } name || m.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
            if (parsed.GetValue(images) is > 0 and var count) // first: the peak of memory is that of the process
            {
                string cost = CalibrationBenchmark.Run(all[0], count);
                if (parsed.GetValue(page) is null)
                {
                    Line(cost);
                    return 0;
                }
                Line($"# Quantization\n\nWritten by `benchmarks quantization MODELS --images {count} --converted FOLDERS --float MODELS "
                    + $"--page FILE` on {Environment.ProcessorCount} cores that other work loaded. SQNR is 10 log10(signal / noise) of the "
                    + "worst output and sample.\n\n## A long calibration\n");
                Line($"{cost}\n");
            }
            if (!parsed.GetValue(unseen)) Methods(all, Line);
            if (!parsed.GetValue(seen)) Unseen(all, Line);
            if (parsed.GetValue(unseen)) return 0;
            Budgets(all, Line);
            if (parsed.GetValue(floats) is { } folder) Others(parsed.GetRequiredValue(converted), folder, Line);
            if (parsed.GetValue(page) is { } path) File.WriteAllText(path, text.ToString());
            return 0;
        });
        return command;
    }

    private static void Methods(RealModel[] models, Action<string> line)
    {
        line("## Methods\n\nThe worst output in dB with all layers quantized (`--layers all`).\n");
        line("| model | layers | weights | max | 99.9 | 99.99 | 99.999 | MSE | entropy | auto | notes: max, 99.99, MSE, entropy | s |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (RealModel real in models)
            foreach (bool perChannel in (ReadOnlySpan<bool>)[true, false])
                line(Try(real.Name, () =>
                {
                    var options = new QuantizationOptions(QuantizationFormat.Int8) { PerChannel = perChannel, SmallLayers = true };
                    (QuantizedModel quantized, double seconds) = Quantized(real, options, []);
                    string Of(string method) =>
                        Decibels(quantized.Report.Methods.First(m => m.Method == method).Outputs);
                    string read = real.Name != "PP-OCRv4 recognition" ? "" : $"; reads `{Read(real, quantized.Model)}`";
                    return string.Create(CultureInfo.InvariantCulture,
                        $"| {real.Name} | {quantized.Report.Quantized} | {(perChannel ? "per channel" : "per tensor")} | {Of("max")} "
                        + $"| {Of("percentile 99.9")} | {Of("percentile 99.99")} | {Of("percentile 99.999")} | {Of("mse")} | {Of("entropy")} "
                        + $"| {Decibels(quantized.Report.Outputs)}{read} | {(perChannel ? Notes.GetValueOrDefault(real.Name, "") : "")} | {seconds:F0} |");
                }));
        line("");
    }

    private static void Unseen(RealModel[] models, Action<string> line)
    {
        line("## Samples that were not seen\n\nAll layers, one scale for each channel of a weight. Scales and choices come from as many "
            + "samples as the second column tells. The outputs are measured on other samples, and their noise is added up.\n");
        line($"| model | samples | {string.Join(" | ", Alone)} | auto | what auto took |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (RealModel real in models)
        {
            Model model = real.Read();
            IReadOnlyList<Dictionary<string, DataValue>> given = real.Samples(model.Graph), others = real.Unseen(model.Graph);
            for (int count = 1; count <= given.Count; count++) line(Row(real, model, [.. given.Take(count)], others));
            if (others.Count >= 4) line(Row(real, model, others, given));
        }
        line("");
    }

    private static string Row(RealModel real, Model model, IReadOnlyList<Dictionary<string, DataValue>> seen,
        IReadOnlyList<Dictionary<string, DataValue>> others) => Try(real.Name, () =>
    {
        using var unseen = new RealSamples(others);
        QuantizedModel Of(ImmutableArray<CalibrationMethod> methods) => Quantized(real with { Samples = _ => seen },
            new QuantizationOptions(QuantizationFormat.Int8) { SmallLayers = true, Methods = methods }, []).Model;
        string On(QuantizedModel quantized) =>
            Over(OutputMeasure.Of(model, Emulator.Emulate(quantized.Model, OperatorTable.Default), unseen.Runner));
        QuantizedModel auto = Of(CalibrationMethod.Candidates);
        return $"| {real.Name} | {seen.Count} | {string.Join(" | ", Alone.Select(m => On(Of([m]))))} | {On(auto)} | {auto.Report.Method} |";
    });

    private static void Budgets(RealModel[] models, Action<string> line)
    {
        line("## A budget of 20 dB\n");
        line("| model | layers in INT8 | of | without a budget, dB | result, dB | engines FP32 | engines INT8 | s |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (RealModel real in models)
            line(Try(real.Name, () =>
            {
                (QuantizedModel q, double seconds) = Quantized(
                    real, new QuantizationOptions(QuantizationFormat.Int8), [new(null, BudgetMetric.Sqnr, 20)]);
                string before = string.Join(", ", q.Report.Budget.Select(b => b.Before).Distinct());
                return string.Create(CultureInfo.InvariantCulture, $"| {real.Name} | {q.Report.Quantized} | {q.Report.Layers.Length} | {before} "
                    + $"| {Decibels(q.Report.Outputs)} | {q.Report.Engines!.Value.Before} | {q.Report.Engines!.Value.After} | {seconds:F0} |");
            }));
        line("");
    }

    private static void Others(string[] folders, string floats, Action<string> line)
    {
        line("## Files of other quantizers\n\nSQNR in dB against the FP32 model, on its test data, without ONNX Runtime's optimizer. \"gaining\" "
            + "leaves out layers that the cost model finds no faster.\n");
        line("| file | theirs | engines | DequantizeLinear | ours, all layers | layers | engines | s | ours, gaining | layers | engines of FP32 |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (string folder in folders.SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal))
        {
            string[] parts = Path.GetFileName(folder).Split('.');
            string source = Path.Combine(floats, parts[0]);
            if (!File.Exists(Path.Combine(source, "model.onnx")) || FormatOf(parts[^1]) is not { } format) continue;
            line(Try(Path.GetFileName(folder), () => Other(folder, source, format)));
        }
    }

    private static string Other(string folder, string source, QuantizationFormat format)
    {
        OperatorTable operators = OperatorTable.Default;
        Model model = ModelFile.Read(Path.Combine(source, "model.onnx"), operators);
        Model theirs = ModelFile.Read(Path.Combine(folder, "model.onnx"), operators);
        IReadOnlyList<Dictionary<string, DataValue>> Given(Graph g) =>
            [TestDataSet.Read(Path.Combine(source, "test_data_set_0"), g).Inputs.ToDictionary(i => i.Name, i => i.Value)];
        var real = new RealModel(Path.GetFileName(folder), Path.Combine(source, "model.onnx"), Given) { Unseen = Given };
        using var samples = new RealSamples(real.Samples(model.Graph));
        string own;
        try
        {
            own = Decibels(OutputMeasure.Of(model, Emulator.Emulate(theirs, operators), samples.Runner));
        }
        catch (EnvironmentException)
        {
            own = "refused by ONNX Runtime";
        }
        (QuantizedModel all, double seconds) = Quantized(real, new(format) { Methods = MethodsOf(format), SmallLayers = true }, []);
        string gaining = "none", layers = "0";
        try
        {
            QuantizedModel some = Quantized(real, new(format) { Methods = MethodsOf(format) }, []).Model;
            (gaining, layers) = (Decibels(some.Report.Outputs), $"{some.Report.Quantized}");
        }
        catch (ModelException e) when (e.Diagnostics[0].Code.Id == "GP3201") { }
        return string.Create(CultureInfo.InvariantCulture, $"| {real.Name} | {own} | {Compiler().Plan(theirs).TotalEngines} "
            + $"| {theirs.Graph.Nodes.Count(n => n.Op.Type == "DequantizeLinear")} | {Decibels(all.Report.Outputs)} | {all.Report.Quantized} "
            + $"| {all.Report.Engines!.Value.After} | {seconds:F1} | {gaining} | {layers} | {all.Report.Engines!.Value.Before} |");
    }

    private static QuantizationFormat? FormatOf(string kind) => kind switch
    {
        "mofp8" => QuantizationFormat.Fp8,
        "moint4" or "nbitsqdq" => QuantizationFormat.Int4Weights,
        "moint8" or "ortqdq" or "ortqdqu8" or "ortqop" or "ortdyn" => QuantizationFormat.Int8,
        _ => null,
    };

    private static ImmutableArray<CalibrationMethod> MethodsOf(QuantizationFormat format) =>
        format == QuantizationFormat.Int8 ? CalibrationMethod.Candidates : [CalibrationMethod.Max];

    private static TargetCompiler Compiler() => new(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() });

    private static (QuantizedModel Model, double Seconds) Quantized(
        RealModel real, QuantizationOptions options, ImmutableArray<AccuracyBudget> budgets)
    {
        Model model = real.Read();
        using var samples = new RealSamples(real.Samples(model.Graph));
        long start = Stopwatch.GetTimestamp();
        Model simple = new ModelCompiler(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() })
            .Simplify(model).Model;
        QuantizedModel quantized = Quantizer.Run(new(model, simple, OperatorTable.Default, options)
        {
            Runner = samples.Runner,
            Compiler = Compiler(),
            Budgets = budgets,
        });
        return (quantized, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static string Read(RealModel real, Model quantized)
    {
        string[] characters = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(real.Path)!, "ppocr_keys_v1.txt"));
        return LineReader.Read(TrainedTasks.First(quantized, RealModel.Line(quantized.Graph, "Precision is in the graph: 16 bits", null)),
            characters).Trim();
    }

    private static string Decibels(ImmutableArray<OutputMeasure> measures) => measures.IsEmpty ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{measures.Min(m => m.Decibels):F1}");

    private static string Over(ImmutableArray<OutputMeasure> measures) =>
        string.Create(CultureInfo.InvariantCulture, $"{measures.Average(m => -10 * Math.Log10(m.NoiseShare)):F1}");

    private static string Try(string name, Func<string> row)
    {
        try
        {
            return row();
        }
        catch (Exception e) when (e is ModelException or EnvironmentException)
        {
            return $"| {name} | {e.Message.Split('\n')[0]} |";
        }
    }
}

/// <summary>Samples of a trained model in memory.</summary>
internal sealed class RealSamples : IDisposable
{
    private readonly List<Dictionary<string, OrtValue>> _values;

    public RealSamples(IEnumerable<IReadOnlyDictionary<string, DataValue>> samples)
    {
        _values = [.. samples.Select(s => s.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)))];
        Runner = new OrtSampleRunner(_values);
    }

    public OrtSampleRunner Runner { get; }

    public void Dispose() => _values.ForEach(s => s.Values.ToList().ForEach(v => v.Dispose()));
}
