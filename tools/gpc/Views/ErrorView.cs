using GraphPartition.MixedPrecision.Debugging;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints which nodes lose precision.</summary>
internal static class ErrorView
{
    private const int Most = 20;

    public static void Write(string path, PrecisionErrors errors)
    {
        AnsiConsole.WriteLine($"{Path.GetFileName(path)}: {errors.Nodes.Length} nodes in {errors.Format}; the worst output {Worst(errors.All)}");
        AnsiConsole.WriteLine(errors.First is not { } first ? $"no tensor falls below {errors.Limit} dB"
            : $"the first tensor below {errors.Limit} dB comes from {first.Op} '{first.Node}': {Decibels(first.Accumulated)}");
        if (errors.Culprits.IsEmpty) AnsiConsole.WriteLine($"no node alone brings an output below {errors.Limit} dB");
        else
            AnsiConsole.WriteLine($"culprits, each alone enough to bring an output below {errors.Limit} dB: "
                + $"{string.Join(", ", errors.Culprits.Select(c => $"{c.Op} '{c.Node}'"))}; with them in FP32: {Decibels(errors.WithoutCulprits)}");
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("node", "operator", "at outputs", "own result", "own result, all rounded", "");
        foreach (NodeError node in errors.Nodes.OrderBy(n => n.AtOutputs).Take(Most))
            table.AddRow(new Text(node.Node), new Text(node.Op), new Text(Decibels(node.AtOutputs)), new Text(Decibels(node.Local)),
                new Text(Decibels(node.Accumulated)), new Text(node.Note ?? ""));
        AnsiConsole.Write(table);
        if (errors.Nodes.Length > Most) AnsiConsole.WriteLine($"... {errors.Nodes.Length - Most} more nodes with smaller errors (--json, --plot)");
    }

    private static string Worst(double ratio) => double.IsInfinity(ratio) ? $"is {Decibels(ratio)}" : $"has {Decibels(ratio)}";

    private static string Decibels(double ratio) => double.IsNaN(ratio) ? "" : double.IsPositiveInfinity(ratio) ? "exact"
        : double.IsNegativeInfinity(ratio) ? "not finite" : $"{ratio:F1} dB";
}
