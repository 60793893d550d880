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
        else if (models.Count == 1) Write(models[0]);
        else Matrix(models);
    }

    /// <summary>One row for each model and release, then what is wrong.</summary>
    private static void Matrix(IReadOnlyList<CheckedModel> models)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns([
            "model", "release", .. models[0].Gates.Select(g => g.Name == "lock" ? g.Name : $"{g.Name} {g.Limit}"), "result"]);
        foreach (CheckedModel m in models)
            table.AddRow([new Text(m.Path), new Text(m.Target), .. m.Gates.Select(g => new Text(g.Actual + (g.Holds ? "" : " (failed)"))),
                new Text(m.Holds ? "passed" : "failed")]);
        AnsiConsole.Write(table);
        foreach (CheckedModel m in models.Where(m => !m.Holds)) Findings(m, $"{m.Path}, {m.Target}, ");
    }

    private static object ToJson(CheckedModel m) => new
    {
        model = m.Path,
        target = m.Target,
        passed = m.Holds,
        checks = m.Gates.Select(g => new { g.Name, g.Limit, g.Actual, passed = g.Holds, g.Findings }),
    };

    private static void Write(CheckedModel m)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("check", "limit", "plan", "result");
        foreach (Gate g in m.Gates)
            table.AddRow(new Text(g.Name), new Text(g.Limit), new Text(g.Actual), new Text(g.Holds ? "passed" : "failed"));
        AnsiConsole.Write(table);
        Findings(m, "");
    }

    private static void Findings(CheckedModel m, string prefix)
    {
        foreach (Gate g in m.Gates.Where(g => !g.Holds))
        {
            foreach (var finding in g.Findings.Take(MostFindings)) AnsiConsole.WriteLine($"{prefix}{g.Name}: {finding.Text}");
            if (g.Findings.Length > MostFindings) AnsiConsole.WriteLine($"  ... and {g.Findings.Length - MostFindings} more (--json lists all)");
        }
    }
}
