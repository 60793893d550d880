using System.Collections.Immutable;
using System.Globalization;
using GraphPartition.Compare;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Passes.Infrastructure;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>A plan as tables for people.</summary>
internal static class PlanView
{
    private const int MostRows = 20;

    public static void Write(string title, PlanReport report)
    {
        string passes = report.NodesBeforePasses is { } before && before != report.Nodes ? $" ({before} before the passes)" : "";
        AnsiConsole.MarkupLineInterpolated($"[bold]{title}[/]: {Count(report.Nodes, "node")}{passes}, {report.Supported} of them supported");
        string proof = report.IsMinimum ? "the proven minimum"
            : report.Engines.Length > report.MinimumEngines ? $"{report.MinimumEngines} is the proven minimum without constraints"
            : $"{report.MinimumEngines} if every supported node is in an engine";
        string segments = Count(report.Segments, "segment"), boundary = Count(report.BoundaryTensors, "boundary tensor");
        AnsiConsole.MarkupLineInterpolated($"[bold]{Engines(report.Engines.Length)}[/] ({proof}), {segments}, {boundary}");

        foreach (ExpansionReport e in report.Expansions ?? [])
            AnsiConsole.MarkupLineInterpolated($"  {e.Count} {e.Op} expanded: {e.Reason}");
        if (report.EnginesWithoutExpansions is { } without)
            AnsiConsole.MarkupLineInterpolated($"  without expansion: {Engines(without)} (--expand off)");
        WritePasses(report.Passes ?? []);
        WriteRefusals(report.Refusals ?? []);
        WriteObserved(report.Observed ?? []);
        foreach (GapReport gap in report.Gaps)
            AnsiConsole.MarkupLineInterpolated($"  {gap.Constraint}: engines {gap.Engines:+0;-0;+0} ({gap.Reason})");
        foreach (BlockedPair pair in (report.Blocked ?? []).Where(p => !p.Path.IsEmpty).Take(3))
            AnsiConsole.MarkupLineInterpolated($"  TrtNode_{pair.From} and TrtNode_{pair.To} cannot be merged: {Short(pair.Path)}");
        if (report.Engines.Length > 0)
        {
            Table engines = NewTable("engine", "level", "nodes", "inputs", "outputs", "GFLOP", "saves us", "first node");
            foreach (EngineReport e in report.Engines.Take(MostRows))
                engines.AddRow(Text($"TrtNode_{e.Id}"), Text(e.Level), Text(e.Nodes.Length), Text(e.Inputs.Length),
                    Text(e.Outputs.Length), Text($"{e.Estimate?.Flops / 1e9:G3}"), Text($"{e.Estimate?.GainMicroseconds:F0}"),
                        Text(e.Nodes[0]));
            Write(engines, report.Engines.Length);
            WriteLosing(report);
            if (report.Engines.Length > 1)
                AnsiConsole.MarkupLineInterpolated(
                    $"{(report.IsMinimum ? "why not fewer" : "the minimum")}: a path enters an engine {report.MinimumEngines} times: {Short(report.Witness)}");
        }
        if (report.Fallback.Length > 0)
        {
            Table fallback = NewTable("fallback operator", "count", "reason");
            foreach (FallbackReport f in report.Fallback.Take(MostRows)) fallback.AddRow(Text(f.Op), Text(f.Count), Text(f.Reason));
            Write(fallback, report.Fallback.Length);
        }
        foreach (BodyReport body in report.Bodies ?? []) Write($"body {body.Body} of {body.Node}", body.Plan);
    }

    /// <summary>The groups that the rules of other systems form.</summary>
    public static void Write(IReadOnlyList<RuleComparison> rules)
    {
        Table table = NewTable("rule", "engines", "boundary tensors", "boundary bytes", "");
        foreach (RuleComparison r in rules)
            table.AddRow(
                Text(r.System), Text(r.Engines), Text($"{r.BoundaryTensors}"), Text($"{r.BoundaryBytes}"),
                Text(r.Cycle is null ? "" : "makes a cycle"));
        Write(table, 0);
        foreach (RuleComparison r in rules.Where(r => r.Cycle is not null))
            AnsiConsole.MarkupLineInterpolated($"the rule of {r.System} makes a cycle: {r.Cycle}");
    }

    /// <summary>A number of engines in words.</summary>
    public static string Engines(double count) => Count(count, "engine");

    private static string Count(double count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    /// <summary>A plan has the fewest engines, and some of them may cost more time than they save.</summary>
    private static void WriteLosing(PlanReport report)
    {
        if (report.LosingEngines is not { } losing) return;
        string by = report.IsDeviceAssumed == true ? "assumed speeds, which 'gpc calibrate' measures" : "the device profile";
        AnsiConsole.MarkupLineInterpolated(
            $"warning: {losing} of {Engines(report.Engines.Length)} {(losing == 1 ? "loses" : "lose")} time by {by}: --min-profit 0 leaves them to the fallback");
    }

    /// <summary>The passes that changed something. A pass may be listed more than once, because some run until nothing changes.</summary>
    private static void WritePasses(ImmutableArray<PassReport> passes)
    {
        PassReport[] changed = [.. passes.Where(p => p.IsChanged)];
        if (changed.Length == 0) return;
        Table table = NewTable("pass", "nodes before", "after", "ms");
        foreach (PassReport p in changed.Take(MostRows))
            table.AddRow(
                Text(p.Pass), Text(p.NodesBefore), Text(p.NodesAfter), Text(p.Milliseconds.ToString("F1", CultureInfo.InvariantCulture)));
        Write(table, changed.Length);
        PassReport[] idle = [.. passes.Where(p => !p.IsChanged)];
        AnsiConsole.MarkupLineInterpolated(
            $"  {idle.Length} runs of passes changed nothing and took {idle.Sum(p => p.Milliseconds):F1} ms (--json lists them)");
    }

    private static void WriteRefusals(ImmutableArray<Refusal> refusals)
    {
        if (refusals.Length == 0) return;
        Table table = NewTable("pass that left nodes alone", "count", "reason", "first node");
        var groups = refusals.GroupBy(r => (r.Pass, r.Reason)).OrderByDescending(g => g.Count()).ToList();
        foreach (var group in groups.Take(MostRows)) table.AddRow(
            Text(group.Key.Pass), Text(group.Count()), Text(group.Key.Reason), Text(group.First().Node));
        Write(table, groups.Count);
    }

    private static void WriteObserved(ImmutableArray<ObservedReport> observed)
    {
        if (observed.IsEmpty) return;
        Table table = NewTable("observed, not inferred", "type in this run", "node");
        foreach (ObservedReport o in observed.Take(MostRows)) table.AddRow(Text(o.Value), Text(o.Type), Text(o.Node));
        Write(table, observed.Length);
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns) table.AddColumn(new TableColumn(column));
        return table;
    }

    private static void Write(Table table, int rows)
    {
        AnsiConsole.Write(table);
        if (rows > MostRows) AnsiConsole.MarkupLineInterpolated($"  ... and {rows - MostRows} more (--json lists all)");
    }

    private static Text Text(object value) => new(value.ToString()!); // a Text is never read as markup

    private static string Short(IReadOnlyList<string> path) => path.Count <= 8
        ? string.Join(" -> ", path) : $"{string.Join(" -> ", path.Take(4))} -> ... -> {string.Join(" -> ", path.TakeLast(3))}";
}
