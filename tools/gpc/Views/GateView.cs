using GraphPartition.Gpc.Gates;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The result of <c>gpc check</c>.</summary>
internal static class GateView
{
    private const int MostFindings = 20;

    /// <summary>Writes each condition, and what violates it.</summary>
    public static void Write(IReadOnlyList<Gate> gates, bool json)
    {
        if (json)
        {
            JsonOutput.Print(new
            {
                passed = gates.All(g => g.Holds),
                checks = gates.Select(g => new { g.Name, g.Limit, g.Actual, passed = g.Holds, g.Findings }),
            });
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("check", "limit", "plan", "result");
        foreach (Gate g in gates)
            table.AddRow(new Text(g.Name), new Text(g.Limit), new Text(g.Actual), new Text(g.Holds ? "passed" : "failed"));
        AnsiConsole.Write(table);
        foreach (Gate g in gates.Where(g => !g.Holds))
        {
            foreach (var finding in g.Findings.Take(MostFindings)) AnsiConsole.WriteLine($"{g.Name}: {finding.Text}");
            if (g.Findings.Length > MostFindings) AnsiConsole.WriteLine($"  ... and {g.Findings.Length - MostFindings} more (--json lists all)");
        }
    }
}
