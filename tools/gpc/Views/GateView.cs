using GraphPartition.Gpc.Gates;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The result of <c>gpc check</c>.</summary>
internal static class GateView
{
    private const int MostFindings = 20;

    /// <summary>Writes each condition, and what violates it.</summary>
    public static void Write(IReadOnlyList<CheckedModel> models, bool json)
    {
        if (json) JsonOutput.Print(models.Count == 1 ? ToJson(models[0])
            : new { passed = models.All(m => m.Holds), models = models.Select(ToJson) });
        else foreach (CheckedModel m in models) Write(m, isNamed: models.Count > 1);
    }

    private static object ToJson(CheckedModel m) => new
    {
        model = m.Path,
        passed = m.Holds,
        checks = m.Gates.Select(g => new { g.Name, g.Limit, g.Actual, passed = g.Holds, g.Findings }),
    };

    private static void Write(CheckedModel m, bool isNamed)
    {
        if (isNamed) AnsiConsole.WriteLine(m.Path);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("check", "limit", "plan", "result");
        foreach (Gate g in m.Gates)
            table.AddRow(new Text(g.Name), new Text(g.Limit), new Text(g.Actual), new Text(g.Holds ? "passed" : "failed"));
        AnsiConsole.Write(table);
        foreach (Gate g in m.Gates.Where(g => !g.Holds))
        {
            foreach (var finding in g.Findings.Take(MostFindings)) AnsiConsole.WriteLine($"{g.Name}: {finding.Text}");
            if (g.Findings.Length > MostFindings) AnsiConsole.WriteLine($"  ... and {g.Findings.Length - MostFindings} more (--json lists all)");
        }
    }
}
