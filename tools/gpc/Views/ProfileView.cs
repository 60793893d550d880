using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Run;
using MathNet.Numerics.Statistics;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The times of one action over some runs.</summary>
/// <param name="Name">The step or the value.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Device">Where it happens.</param>
/// <param name="Nodes">How many nodes it computes.</param>
/// <param name="Bytes">How many bytes it reads and writes, or copies.</param>
/// <param name="MedianMs">The median time.</param>
/// <param name="Runs">How often it ran: in a body, once for each iteration.</param>
/// <param name="Layers">The layers of its engine; empty where it has none.</param>
internal sealed record ProfileRow(
    string Name, string Kind, string Device, int Nodes, long Bytes, double MedianMs, int Runs, IReadOnlyList<LayerRow> Layers)
{
    /// <summary>The node whose body it belongs to; null in the main graph.</summary>
    public string? Inside { get; init; }

    /// <summary>The median number of iterations of its body; 0 for a step without one.</summary>
    public double Iterations { get; init; }
}

/// <summary>The times of one layer of an engine over some runs.</summary>
/// <param name="Name">TensorRT's name for it. Fused layers have joined names.</param>
/// <param name="MedianMs">The median time.</param>
internal sealed record LayerRow(string Name, double MedianMs);

/// <summary>The times of a run's actions as a table, as rows for JSON, and as a trace that browsers show.</summary>
internal static class ProfileView
{
    /// <summary>One row for each action, in the order in which a run starts them: a step comes before the actions in its
    /// body.</summary>
    public static IReadOnlyList<ProfileRow> Rows(IReadOnlyList<ActionTime> times) =>
        [.. times.OrderBy(t => t.StartMs).GroupBy(t => (t.Inside, t.Name, t.Kind, t.Device, t.Nodes)).Select(g => new ProfileRow(
            g.Key.Name, g.Key.Kind, g.Key.Device, g.Key.Nodes, g.Max(t => t.Bytes), g.Select(t => t.Ms).Median(), g.Count(), Layers(g))
        {
            Inside = g.Key.Inside,
            Iterations = g.Select(t => (double)t.Iterations).Median(),
        })];

    /// <summary>Layers by their place in the engine, because names are not unique.</summary>
    private static LayerRow[] Layers(IEnumerable<ActionTime> runs) =>
        [.. runs.SelectMany(run => run.Layers.Select((layer, place) => (layer, place))).GroupBy(l => (l.place, l.layer.Layer))
            .OrderBy(g => g.Key.place).Select(g => new LayerRow(g.Key.Layer, g.Select(l => (double)l.layer.Milliseconds).Median()))];

    public static void Write(IReadOnlyList<ActionTime> times)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("action", "kind", "device", "nodes", "bytes", "median ms", "share");
        IReadOnlyList<ProfileRow> rows = Rows(times);
        double total = rows.Where(r => r.Inside is null).Sum(r => r.MedianMs); // the time of a node includes its body
        foreach (ProfileRow r in rows)
        {
            string Share(double ms) => r.Inside is null ? $"{ms / total:P1}" : "";
            table.AddRow(new Text(NameOf(r)), new Text(r.Kind), new Text(r.Device), new Text($"{r.Nodes}"), new Text($"{r.Bytes:N0}"),
                new Text($"{r.MedianMs:F4}"), new Text(Share(r.MedianMs)));
            foreach (LayerRow layer in r.Layers)
                table.AddRow(new Text($"  {layer.Name}"), new Text("layer"), new Text(r.Device), Text.Empty, Text.Empty,
                    new Text($"{layer.MedianMs:F4}"), new Text(Share(layer.MedianMs)));
        }
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated(
            $"{total:F3} ms in total. Each action was measured by itself; runs without a profile do not wait between actions");
    }

    private static string NameOf(ProfileRow row) =>
        row.Inside is { } node ? $"  in {node}: {(row.Name.Length > 0 ? row.Name : row.Kind)}" : row.Iterations > 0
            ? $"{row.Name}, {row.Iterations:0.#} iterations" : row.Name;

    /// <summary>
    /// Writes the trace-event format: complete events, times in microseconds. The layers of an engine follow each other
    /// from the start of its step: TensorRT reports how long each took, but not when.
    /// </summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void WriteTrace(IReadOnlyList<ActionTime> times, string path)
    {
        IEnumerable<object> events = times.SelectMany(t => Enumerable.Prepend(LayerEvents(t), new
        {
            name = t.Name.Length > 0 ? t.Name : t.Kind,
            cat = t.Kind,
            ph = "X",
            ts = t.StartMs * 1000,
            dur = t.Ms * 1000,
            pid = 1,
            tid = t.Thread,
            args = new { device = t.Device, bytes = t.Bytes, nodes = t.Nodes, inside = t.Inside, iterations = t.Iterations },
        }));
        try
        {
            File.WriteAllText(path, JsonSerializer.Serialize(new { traceEvents = events }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentException(FileCodes.CannotWrite, path, e.Message, e);
        }
    }

    /// <summary>Layers end with their step, otherwise viewers do not show them below it. The arguments keep the exact time.</summary>
    private static IEnumerable<object> LayerEvents(ActionTime step)
    {
        double start = step.StartMs, end = step.StartMs + step.Ms;
        foreach (LayerTime layer in step.Layers)
        {
            double next = Math.Min(end, start + layer.Milliseconds);
            yield return new
            {
                name = layer.Layer,
                cat = "layer",
                ph = "X",
                ts = start * 1000,
                dur = (next - start) * 1000,
                pid = 1,
                tid = step.Thread,
                args = new { device = step.Device, ms = layer.Milliseconds },
            };
            start = next;
        }
    }
}
