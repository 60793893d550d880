using GraphPartition.Gpc.Services;
using GraphPartition.Runtime.Scheduling;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The outcome of a run, for people and as JSON.</summary>
internal static class RunView
{
    public static void Write(RunComparison run, IReadOnlyList<string> madeUp)
    {
        if (madeUp.Count > 0) AnsiConsole.MarkupLineInterpolated(
            $"made-up inputs: {string.Join(", ", madeUp)} (--input, --input-shapes, --dim and --seed choose others)");
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("output", "type", "summary", "max |diff|", "max relative", "SQNR", "");
        foreach (OutputComparison o in run.Outputs)
            table.AddRow(
                new Text(o.Name), new Text(o.Type), new Text(o.Summary), new Text($"{o.MaxAbsolute:G3}"), new Text($"{o.MaxRelative:G3}"),
                new Text(o.SignalToNoise is { } ratio ? $"{ratio:F1} dB" : ""), new Text(o.Fault ?? (o.IsRandom ? "random" : "ok")));
        AnsiConsole.Write(table);
        foreach (string note in run.Notes) AnsiConsole.MarkupLineInterpolated($"note: {note}");
        foreach (WholeNode whole in run.Whole)
            AnsiConsole.MarkupLineInterpolated(
                $"{whole.Node} runs as a whole in ONNX Runtime, with the groups in its bodies: {whole.Reason}");
        if (run.Agrees) AnsiConsole.MarkupLineInterpolated(
            $"[green]the result equals {run.With}[/] ({(run.Steps == 1 ? "1 step" : $"{run.Steps} steps")})");
        else AnsiConsole.MarkupLineInterpolated(
            $"[red]the result differs from {run.With}[/] ({(run.Steps == 1 ? "1 step" : $"{run.Steps} steps")})");
    }
}
