using System.Collections.Immutable;
using GraphPartition.Compiler.Plan;
using GraphPartition.Gpc.Commands;
using Spectre.Console;

namespace GraphPartition.Gpc.View;

/// <summary>Answers of <c>gpc why</c> for people.</summary>
internal static class WhyView
{
    public static void Write(object answer)
    {
        switch (answer)
        {
            case ImmutableArray<Blocker> { IsEmpty: true }:
                AnsiConsole.WriteLine("every node is supported");
                break;
            case ImmutableArray<Blocker> blockers:
                WriteRanking(blockers);
                break;
            case NodeAnswer { Supported: true } node:
                AnsiConsole.WriteLine($"{node.Op} '{node.Node}' is supported");
                break;
            case NodeAnswer node:
                AnsiConsole.WriteLine($"{node.Op} '{node.Node}' falls back: {node.Reason} [{node.Rule}]");
                AnsiConsole.WriteLine(node.Release is null ? "no newer release that is known takes it" : $"{node.Release} takes it");
                AnsiConsole.WriteLine($"if it were supported: {node.EnginesSaved} engines and {node.BoundaryTensorsSaved} boundary tensors fewer");
                break;
            case Separation { Path.IsEmpty: true } pair:
                AnsiConsole.WriteLine(pair.Reason);
                break;
            case Separation pair:
                AnsiConsole.WriteLine($"{pair.Reason}: {string.Join(" -> ", pair.Path)}");
                break;
        }
    }

    /// <summary>The blockers as a table.</summary>
    public static void WriteRanking(IReadOnlyList<Blocker> blockers)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("blocking operator", "nodes", "engines saved", "boundary tensors saved", "reason", "supported since");
        foreach (Blocker b in blockers)
            table.AddRow(new Text(b.Op), new Text($"{b.Nodes}"), new Text($"{b.EnginesSaved}"), new Text($"{b.BoundaryTensorsSaved}"),
                new Text(b.Reason), new Text(b.Release ?? "no known release"));
        AnsiConsole.Write(table);
    }
}
