using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The report of built engines, for people and as JSON.</summary>
internal static class EngineView
{
    public static void Write(BuildReport report)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]engines[/] for {report.Machine}{(report.Rounds > 1 ? $", planned {report.Rounds} times" : "")}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("engine", "nodes", "from", "ms", "bytes", "key");
        foreach (GroupReport g in report.Groups)
            table.AddRow(
                new Text(NameOf(g, report)), new Text($"{g.Nodes}"),
                    new Text(g.Source), new Text($"{g.Milliseconds:F1}"), new Text($"{g.Bytes}"),
                new Text(g.Key.Length > 0 ? g.Key[..16] : g.Reason?.Split('\n')[0] ?? ""));
        AnsiConsole.Write(table);
        if (report.Moved.Length == 0) return;
        Table moved = new Table().Border(TableBorder.Simple)
            .AddColumns("not taken as planned", "now", "nodes", "first", "by", "reason", "evidence");
        foreach (var alike in report.Moved.GroupBy(m => (m.Op, m.By, m.Reason, m.Evidence, m.IsExpanded)))
            moved.AddRow(
                new Text(alike.Key.Op), new Text(alike.Key.IsExpanded ? "expanded" : "in the fallback"), new Text($"{alike.Count()}"),
                new Text(alike.First().Node), new Text(alike.Key.By), new Text(alike.Key.Reason.Split('\n')[0]),
                new Text(alike.Key.Evidence));
        AnsiConsole.Write(moved);
    }

    /// <summary>Writes what the comparison of engines with their nodes showed.</summary>
    public static void Write(IReadOnlyList<EngineFinding> findings)
    {
        if (findings.Count == 0) return;
        bool hasBuilds = findings.Any(f => f.Builds > 0);
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("engine", "compared with its nodes", "max abs", "max rel", "SQNR dB");
        if (hasBuilds) table.AddColumns("before", "now", "nodes in FP32", "builds");
        foreach (EngineFinding f in findings)
        {
            string[] cells = [$"TrtNode_{f.Group}", f.Outcome, $"{f.MaxAbsolute:G3}", $"{f.MaxRelative:G3}",
                f.SignalToNoise is { } ratio ? $"{ratio:F1}" : ""];
            string[] builds = f.Builds == 0 ? ["", "", "", ""]
                : [f.Before, f.After ?? "no engine", string.Join(", ", f.Kept), $"{f.Builds}"];
            table.AddRow((hasBuilds ? [.. cells, .. builds] : cells).Select(c => new Text(c)));
        }
        AnsiConsole.Write(table);
    }

    private static string NameOf(GroupReport group, BuildReport report)
    {
        string inside = group.Inside is null ? "" : $" in {group.Inside}";
        bool hasSeveral = report.Groups.Any(g => g.Capability != group.Capability);
        return $"TrtNode_{group.Id}{inside}{(hasSeveral ? $" for {group.Capability}" : "")}";
    }

    /// <summary>Prints warnings to standard error, for tables and for JSON.</summary>
    public static void Warn(BuildReport? report, Diagnostic? noMachine)
    {
        foreach (Diagnostic warning in report?.Warnings ?? []) Console.Error.WriteLine($"gpc: {warning}");
        if (noMachine is not null) AnsiConsole.WriteLine(
            $"no engines were built ({noMachine.Code.Id}): {noMachine.Message.ReplaceLineEndings(" ")}; 'gpc doctor' has the details");
    }

    /// <summary>The plan as JSON, with the report of the engines as its field <c>build</c> (null if none were built).</summary>
    public static string ToJson(CompiledResult result)
    {
        (BuildReport? report, Diagnostic? noMachine) = (result.Engines, result.Problem);
        JsonObject json = JsonNode.Parse(result.Plan.ToJson())!.AsObject();
        json["build"] = report is null
            ? noMachine is null ? null : new JsonObject { ["problem"] = noMachine.ToString() }
            : JsonSerializer.SerializeToNode(new
            {
                report.Machine,
                report.Groups,
                report.Moved,
                report.Rounds,
                result.Checked,
                warnings = report.Warnings.Select(w => w.ToString()),
            }, JsonOutput.Options);
        return json.ToJsonString(JsonOutput.Options);
    }
}
