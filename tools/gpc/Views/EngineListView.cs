using System.Text.Json;
using GraphPartition.Gpc.Services;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The engines of a compiled file, for people and as JSON.</summary>
internal static class EngineListView
{
    /// <summary>Writes the state of each engine.</summary>
    public static void Write(IReadOnlyList<EngineState> states, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(states.Select(s => new
            {
                group = s.Group.Id,
                nodes = s.Group.Segment.Nodes.Length,
                target = s.Engine.Target,
                release = s.Engine.Target.TensorRt.ToString(),
                s.Bytes,
                file = s.Engine.Path,
                s.Engine.Sha256,
                s.Needs,
                s.Fault,
                s.Unfit,
            }), JsonOutput.Options));
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("engine", "nodes", "precision", "bytes", "in", "needs", "state");
        foreach (EngineState s in states)
            table.AddRow(new Text($"TrtNode_{s.Group.Id}"), new Text($"{s.Group.Segment.Nodes.Length}"),
                new Text(s.Engine.Target.Precision), new Text($"{s.Bytes}"), new Text(s.Engine.Path ?? "the file"), new Text(s.Needs),
                new Text(s.State));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{states.Count} engines, {states.Sum(s => s.Bytes)} bytes");
    }

    /// <summary>Writes what became of each engine.</summary>
    public static void Write(IReadOnlyList<EngineChange> changes, string path, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { file = path, engines = changes }, JsonOutput.Options));
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("engine", "for", "outcome");
        foreach (EngineChange c in changes)
            table.AddRow(new Text($"TrtNode_{c.Group}"), new Text(c.Target), new Text(c.Outcome.Split('\n')[0]));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"wrote {path} ({new FileInfo(path).Length} bytes)");
    }
}
