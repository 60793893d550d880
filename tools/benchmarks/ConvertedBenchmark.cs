using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Comparison;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Files of converters, quantizers and optimizers: their engines, next to those of the float model that they were made from, and how close
/// the compiled model comes to the outputs in the test data.
/// </summary>
internal static class ConvertedBenchmark
{
    private const string Head = "| file | nodes | after | segments | engines without expansion | engines | of the float model | engines, fixed "
        + "sizes | of the float model | max diff | SQNR, dB | of ONNX Runtime without its optimizer | both without optimizer | cuts right |";

    public static Command Create()
    {
        var command = new Command("converted", "Files of converters and quantizers: engines, those of the float model, and the difference "
            + "from the expected outputs, whole and cut at random.");
        var folders = new Argument<string[]>("FOLDERS") { Description = "Folders with NAME/model.onnx and NAME/test_data_set_0." };
        var floats = new Option<string[]>("--float")
        {
            Description = "Folders with the float models: NAME/model.onnx for files that are called NAME.KIND.",
            DefaultValueFactory = _ => [],
        };
        var cuts = new Option<int>("--cuts") { Description = "Random partitions of each expanded model.", DefaultValueFactory = _ => 3 };
        command.Add(folders);
        command.Add(floats);
        command.Add(cuts);
        command.SetAction(parsed =>
        {
            Console.WriteLine(Head);
            Console.WriteLine("| --- |" + string.Concat(Enumerable.Repeat(" ---: |", Head.Count(c => c == '|') - 2)));
            var known = new Dictionary<string, MeasuredFile?>();
            foreach (string folder in parsed.GetRequiredValue(folders).SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal))
            {
                if (!File.Exists(Path.Combine(folder, "model.onnx"))) continue;
                string stem = Path.GetFileName(folder).Split('.')[0];
                if (!known.TryGetValue(stem, out MeasuredFile? of))
                    known[stem] = of = parsed.GetRequiredValue(floats).Select(f => Path.Combine(f, stem))
                        .Where(f => File.Exists(Path.Combine(f, "model.onnx"))).Select(MeasuredFile.Read).FirstOrDefault();
                Console.WriteLine(Row(folder, of, parsed.GetValue(cuts)));
            }
            return 0;
        });
        return command;
    }

    private static string Row(string folder, MeasuredFile? original, int cuts)
    {
        string name = Path.GetFileName(folder);
        try
        {
            MeasuredFile file = MeasuredFile.Read(folder);
            string engines = string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {file.Model.Graph.Nodes.Length} | {file.Plan.Graph.Nodes.Length} | {file.Plan.Segments.Length} "
                + $"| {file.EnginesWithoutExpansion} | {file.Plan.TotalEngines} | {original?.Plan.TotalEngines} "
                + $"| {file.FixedEngines} | {original?.FixedEngines} ");
            if (file.Data is not { Outputs.Length: > 0 } data) return engines + "| | | | | |";
            DataValue[] expected = [.. data.Outputs.Select(o => o.Value)];
            (double most, string noise) = Difference(expected, () => file.Run(optimize: true));
            string own = Difference(() => file.RunPlain(optimize: true), () => file.RunPlain(optimize: false));
            string exact = Difference(() => file.RunPlain(optimize: false), () => file.Run(optimize: false));
            return engines + string.Create(CultureInfo.InvariantCulture,
                $"| {most:G3} | {noise} | {own} | {exact} | {file.RightCuts(cuts)} of {cuts} |");
        }
        catch (Exception e) when (e is ModelException or EnvironmentException)
        {
            return $"| {name} | {e.Message.Split('\n')[0]} | | | | | | | | | | | | |";
        }
    }

    private static string Difference(Func<DataValue[]> expected, Func<DataValue[]> actual)
    {
        try
        {
            return Difference(expected(), actual).Noise;
        }
        catch (OnnxRuntimeException)
        {
            return "refused";
        }
    }

    private static (double Most, string Noise) Difference(DataValue[] expected, Func<DataValue[]> run)
    {
        DataValue[] actual = run();
        TensorDifference[] all = [.. expected.Zip(actual, (e, a) => ValueDifference.Between(e, a))];
        double? least = all.Min(d => d.SignalToNoise);
        string noise = least is { } decibels ? decibels.ToString("F1", CultureInfo.InvariantCulture)
            : all.All(d => d.MaxAbsolute == 0 && d.Agrees) ? "equal" : "none";
        return (all.Max(d => d.MaxAbsolute), noise);
    }
}
