using System.Text.Json;
using GraphPartition.Gpc.Services;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints how a server answered loads: a row for each, as perf_analyzer of Triton does.</summary>
internal static class LoadView
{
    public static void Write(IReadOnlyList<LoadRow> rows, bool isOpenLoop, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(rows, JsonSerializerOptions.Web));
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns(isOpenLoop ? "requests / s" : "concurrency", "inferences / s",
            "mean ms", "p50 ms", "p90 ms", "p95 ms", "p99 ms", "requests", "failed");
        if (isOpenLoop) table.AddColumn("not sent");
        foreach (LoadRow row in rows)
        {
            LoadLatency ms = row.Milliseconds;
            string[] cells = [$"{row.Load:0.##}", $"{row.PerSecond:F1}", $"{ms.Mean:F3}", $"{ms.P50:F3}", $"{ms.P90:F3}", $"{ms.P95:F3}", $"{ms.P99:F3}",
                $"{row.Requests}", $"{row.Failed}"];
            table.AddRow(isOpenLoop ? [.. cells, $"{row.Late}"] : cells);
        }
        AnsiConsole.Write(table);
        foreach (LoadRow row in rows)
            if (row.Failure is { } failure) AnsiConsole.WriteLine($"a failure at {row.Load:0.##}: {failure}");
    }
}
