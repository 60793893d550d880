using System.CommandLine;
using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Gpc.View;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc bench MODEL</c>: latency of a run, alone or paired with plain ONNX Runtime in the same process.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "Measure the latency of a run, paired with plain ONNX Runtime if asked.");
        var model = new ModelArguments(command);
        var engines = new EngineArguments(command, runs: true);
        var session = new SessionArguments(command, tf32: "on");
        var inputs = new InputArguments(command);
        var vs = new Option<string?>("--vs") { Description = "Measure this beside it: onnxruntime." };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure.", DefaultValueFactory = _ => 5 };
        vs.AcceptOnlyFromAmong("onnxruntime");
        var sweep = new Option<bool>("--sweep") { Description = "Then throughput for 1, 2, 4 ... streams and, where the batch is open, batches of 1 to 32." };
        foreach (Option option in new Option[] { vs, seconds, sweep }) command.Add(option);
        command.SetAction(parsed =>
        {
            CompiledModel compiled = Stages.Show(2, stage => model.Open(parsed, stage, engines)).Compiled;
            ModelSessionOptions options = session.Options(parsed) with { Engines = engines.Use(parsed) };
            using ModelSession ours = ModelSession.Create(compiled, options);
            using FeedSet feeds = inputs.Read(parsed, ours.Plan.Graph);
            using PlainSession? theirs = parsed.GetValue(vs) is null ? null : PlainSession.Load(model.Path(parsed), options);
            Paired measured = Measure.Pairs(
                () => ours.Run(feeds.Values).Dispose(), theirs is null ? null : () => theirs.Run(feeds.Values).Dispose(),
                "onnxruntime", parsed.GetValue(seconds));
            IReadOnlyList<SweepRow>? rows = parsed.GetValue(sweep) ? Sweep.Run(compiled, options, feeds.Values, Math.Min(1, parsed.GetValue(seconds))) : null;
            Write(measured, rows, model.Json(parsed));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Paired measured, IReadOnlyList<SweepRow>? sweep, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new
            {
                measured.Ours.MedianMs,
                measured.Ours.P90Ms,
                measured.Ours.P99Ms,
                measured.Ours.Runs,
                vs = measured.Theirs is { } t ? new { t.Name, t.MedianMs, t.P90Ms, t.P99Ms } : null,
                measured.Ours.RunsPerSecond,
                measured.Ratio,
                sweep,
            }, JsonSerializerOptions.Web));
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "median ms", "p90 ms", "p99 ms", "runs / s", "runs");
        foreach (Latency side in new[] { measured.Ours, measured.Theirs }.OfType<Latency>())
            table.AddRow(side.Name, $"{side.MedianMs:F3}", $"{side.P90Ms:F3}", $"{side.P99Ms:F3}", $"{side.RunsPerSecond:F1}", $"{side.Runs}");
        AnsiConsole.Write(table);
        if (measured.Ratio is { } ratio) AnsiConsole.MarkupLineInterpolated($"ratio {ratio:F3} (ours / theirs, median of the pairs)");
        if (sweep is null) return;
        Table rows = new Table().Border(TableBorder.Simple).AddColumns("streams", "batch", "median ms", "p99 ms", "samples / s");
        foreach (SweepRow row in sweep) rows.AddRow($"{row.Streams}", $"{row.Batch}", $"{row.MedianMs:F3}", $"{row.P99Ms:F3}", $"{row.SamplesPerSecond:F1}");
        AnsiConsole.Write(rows);
    }
}
