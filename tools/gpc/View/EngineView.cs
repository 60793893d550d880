using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Compiler.Explaining;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using Spectre.Console;

namespace GraphPartition.Gpc.View;

/// <summary>What came of building engines, for people and as JSON.</summary>
internal static class EngineView
{
    public static void Write(BuildReport report)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]engines[/] for {report.Machine}{(report.Rounds > 1 ? $", planned {report.Rounds} times" : "")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("engine", "nodes", "from", "ms", "bytes", "key");
        foreach (GroupReport g in report.Groups)
            table.AddRow(new Text(g.Inside is null ? $"TrtNode_{g.Id}" : $"TrtNode_{g.Id} in {g.Inside}"), new Text($"{g.Nodes}"), new Text(g.Source), new Text($"{g.Milliseconds:F1}"), new Text($"{g.Bytes}"),
                new Text(g.Key.Length > 0 ? g.Key[..16] : g.Reason?.Split('\n')[0] ?? ""));
        AnsiConsole.Write(table);
        if (report.Moved.Length == 0) return;
        Table moved = new Table().Border(TableBorder.Simple).AddColumns("moved to the fallback", "nodes", "first", "by", "reason");
        foreach (var alike in report.Moved.GroupBy(m => (m.Op, m.By, m.Reason)))
            moved.AddRow(new Text(alike.Key.Op), new Text($"{alike.Count()}"), new Text(alike.First().Node), new Text(alike.Key.By), new Text(alike.Key.Reason.Split('\n')[0]));
        AnsiConsole.Write(moved);
    }

    /// <summary>Warnings go to standard error, in both forms of output.</summary>
    public static void Warn(BuildReport? report, Diagnostic? noMachine)
    {
        foreach (Diagnostic warning in report?.Warnings ?? []) Console.Error.WriteLine($"gpc: {warning}");
        if (noMachine is not null) AnsiConsole.WriteLine($"no engines were built: {noMachine.ToString().ReplaceLineEndings(" ")}");
    }

    /// <summary>The plan with the engines' report as its field <c>build</c>; null where none were built.</summary>
    public static string ToJson(PlanReport plan, BuildReport? report, Diagnostic? noMachine)
    {
        JsonObject json = JsonNode.Parse(plan.ToJson())!.AsObject();
        json["build"] = report is null
            ? noMachine is null ? null : new JsonObject { ["problem"] = noMachine.ToString() }
            : JsonSerializer.SerializeToNode(new
            {
                report.Machine,
                report.Groups,
                report.Moved,
                report.Rounds,
                warnings = report.Warnings.Select(w => w.ToString()),
            }, RunView.Json);
        return json.ToJsonString(RunView.Json);
    }
}
