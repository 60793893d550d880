using GraphPartition.Compiler.Explaining;
using GraphPartition.Gpc.Services;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Answers of <c>gpc why</c> for people.</summary>
internal static class WhyView
{
    public static void Write(object answer)
    {
        switch (answer)
        {
            case BlockerRanking { Blockers.IsEmpty: true }:
                AnsiConsole.WriteLine("every node is supported");
                break;
            case BlockerRanking ranking:
                WriteRanking(ranking, int.MaxValue);
                break;
            case NodeAnswer node:
                WriteNode(node);
                break;
            case Separation { Path.IsEmpty: true } pair:
                AnsiConsole.WriteLine(pair.Reason);
                break;
            case Separation pair:
                AnsiConsole.WriteLine($"{pair.Reason}: {string.Join(" -> ", pair.Path)}");
                break;
        }
    }

    /// <summary>The operators that cost the most engines, as a table.</summary>
    public static void WriteRanking(BlockerRanking ranking, int most)
    {
        if (ranking.Blockers.IsEmpty) return;
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("blocking operator", "nodes", "engines saved", "boundary tensors saved", "reason", "supported since");
        foreach (Blocker b in ranking.Blockers.Take(most))
            table.AddRow(new Text(b.Op), new Text($"{b.Nodes}"), new Text($"{b.EnginesSaved}"), new Text($"{b.BoundaryTensorsSaved}"),
                new Text($"{b.Reason} [{b.Rule}]"), new Text(b.Release ?? "no known release"));
        foreach (BlockerSet s in ranking.Sets.Take(most))
            table.AddRow(new Text(string.Join(" + ", s.Ops)), Text.Empty, new Text($"{s.EnginesSaved}"), new Text($"{s.BoundaryTensorsSaved}"),
                new Text("together they save more engines than alone"), Text.Empty);
        AnsiConsole.Write(table);
        if (ranking.Blockers.Length > most) AnsiConsole.WriteLine($"  ... and {ranking.Blockers.Length - most} more ('gpc why' lists all)");
        if (
            !ranking.IsExact) AnsiConsole.WriteLine(
            "  the model is large: boundary tensors are estimated with every node in its earliest segment");
    }

    private static void WriteNode(NodeAnswer node)
    {
        string where = node.In is null ? "" : $" (in a body of '{node.In}')";
        if (node.Supported)
        {
            AnsiConsole.WriteLine($"{node.Op} '{node.Node}'{where} is supported");
        }
        else
        {
            AnsiConsole.WriteLine($"{node.Op} '{node.Node}'{where} falls back: {node.Reason} [{node.Rule}]");
            AnsiConsole.WriteLine(node.Release is null ? "no known release supports it" : $"{node.Release} supports it");
            AnsiConsole.WriteLine(
                $"with support for it: {node.EnginesSaved} engines and {node.BoundaryTensorsSaved} boundary tensors fewer");
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("TensorRT", "supported", "reason");
        foreach (ReleaseAnswer r in node.Releases)
            table.AddRow(
                new Text(r.First == r.Last ? r.First : $"{r.First} to {r.Last}"), new Text(r.Supported ? "yes" : "no"),
                    new Text(r.Reason ?? ""));
        AnsiConsole.Write(table);
    }
}
