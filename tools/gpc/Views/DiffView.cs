using GraphPartition.Compiler.Planning.Files;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>What changed between two plans, for people.</summary>
internal static class DiffView
{
    private const int MostRows = 40;

    public static void Write(PlanDiff diff)
    {
        double more = diff.Engines.After - diff.Engines.Before;
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{(more == 0 ? "the number of engines is the same" : more > 0 ? $"{PlanView.Engines(more)} more" : $"{PlanView.Engines(-more)} fewer")}[/]");
        foreach (OptionChange o in diff.Options) AnsiConsole.MarkupLineInterpolated($"{o.Option}: {o.Before} -> {o.After}");
        Table counts = new Table().Border(TableBorder.Simple).AddColumns("", "before", "after");
        foreach ((string name, Change change) in new[]
        {
            ("engines", diff.Engines), ("proven minimum", diff.MinimumEngines), ("segments", diff.Segments),
                ("boundary tensors", diff.BoundaryTensors),
            ("boundary bytes", diff.BoundaryBytes),
        })
            counts.AddRow(name, $"{change.Before}", $"{change.After}");
        AnsiConsole.Write(counts);
        foreach (EngineChange e in diff.AddedEngines) AnsiConsole.MarkupLineInterpolated(
            $"+ engine {e.Engine}: {e.Nodes.Length} nodes, first {e.Nodes[0]}");
        foreach (EngineChange e in diff.RemovedEngines) AnsiConsole.MarkupLineInterpolated(
            $"- engine {e.Engine}: {e.Nodes.Length} nodes, first {e.Nodes[0]}");
        if (diff.Nodes.IsEmpty) return;
        Table nodes = new Table().Border(TableBorder.Simple).AddColumns("node", "operator", "before", "after", "reason");
        foreach (NodeChange n in diff.Nodes.Take(MostRows))
            nodes.AddRow(
                new Text(n.Node), new Text(n.Op), new Text(n.Before ?? "(new)"), new Text(n.After ?? "(removed)"),
                new Text(string.Join("; ", new[] { n.Itself, n.Reason }.OfType<string>())));
        AnsiConsole.Write(nodes);
        if (diff.Nodes.Length > MostRows) AnsiConsole.MarkupLineInterpolated(
            $"  ... and {diff.Nodes.Length - MostRows} more (--json lists all)");
    }
}
