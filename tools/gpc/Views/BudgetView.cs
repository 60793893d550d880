using GraphPartition.MixedPrecision.Budgets;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints what a search for a budget found.</summary>
internal static class BudgetView
{
    private const int MostRows = 40;

    /// <summary>The report as text and a table.</summary>
    public static void Write(BudgetReport report)
    {
        string without = string.Join(", ", report.Lines.Select(l => $"{l.Output} {l.Before}").DefaultIfEmpty("the command fails"));
        AnsiConsole.WriteLine(report.Kept.IsEmpty
            ? $"budget met: no node stays FP32 for it, of {report.Candidates}"
            : $"budget met: {report.Kept.Length} nodes stay FP32 for it, of {report.Candidates}; without them: {without}");
        if (!report.Kept.IsEmpty)
        {
            AnsiConsole.WriteLine(report.IsMinimum ? "fewer are not enough: all smaller choices were measured"
                : $"at least {report.LeastCount} are needed; whether fewer than {report.Kept.Length} are enough was not shown");
            Table table = new Table().Border(TableBorder.Simple).AddColumns("node in FP32", "operator", "without it", "worth dB");
            foreach (BudgetNode node in report.Kept.Take(MostRows))
                table.AddRow(new Text(node.Node), new Text(node.Op), new Text(node.Without), new Text($"{node.Worth:F1}"));
            if (report.Kept.Length > MostRows) table.AddRow($"... {report.Kept.Length - MostRows} more (--json)", "", "", "");
            AnsiConsole.Write(table);
        }
        if (report.Lines.IsEmpty) return;
        Table lines = new Table().Border(TableBorder.Simple).AddColumns("budget", "output", "before", "after");
        foreach (BudgetLine line in report.Lines)
            lines.AddRow(new Text(line.Budget), new Text(line.Output), new Text(line.Before), new Text(line.After));
        AnsiConsole.Write(lines);
    }

    /// <summary>The report as JSON.</summary>
    public static object ToJson(BudgetReport report) => new
    {
        report.Lines,
        report.Kept,
        report.Candidates,
        AtLeast = report.LeastCount,
        report.IsMinimum,
        report.Measurements,
    };
}
