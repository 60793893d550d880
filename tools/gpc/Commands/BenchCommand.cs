using System.CommandLine;
using System.Text.Json;
using GraphPartition.Emit;
using GraphPartition.Gpc.View;
using GraphPartition.Runtime;
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
        var session = new SessionArguments(command);
        var inputs = new InputArguments(command);
        var vs = new Option<string?>("--vs") { Description = "Measure this beside it: onnxruntime." };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure.", DefaultValueFactory = _ => 5 };
        vs.AcceptOnlyFromAmong("onnxruntime");
        command.Add(vs);
        command.Add(seconds);
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
            Write(measured, model.Json(parsed));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Paired measured, bool json)
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
                measured.Ratio,
            }, JsonSerializerOptions.Web));
            return;
        }
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "median ms", "p90 ms", "p99 ms", "runs");
        foreach (Latency side in new[] { measured.Ours, measured.Theirs }.OfType<Latency>())
            table.AddRow(side.Name, $"{side.MedianMs:F3}", $"{side.P90Ms:F3}", $"{side.P99Ms:F3}", $"{side.Runs}");
        AnsiConsole.Write(table);
        if (measured.Ratio is { } ratio) AnsiConsole.MarkupLineInterpolated($"ratio {ratio:F3} (ours / theirs, median of the pairs)");
    }
}
