using System.CommandLine;
using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc bench MODEL</c>: measures the latency of a run, alone or beside plain ONNX Runtime in the same process;
/// <c>gpc bench NAME --server URL</c> a server under load.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("bench", "Measures the latency of a run. --vs also measures plain ONNX Runtime in the same process; --server measures a server under load.");
        var model = new ModelArguments(command);
        var engines = new EngineArguments(command, runs: true);
        var session = new SessionArguments(command, tf32: true);
        var inputs = new InputArguments(command);
        var vs = new Option<string?>("--vs") { Description = "Also measure the model in plain ONNX Runtime.", HelpName = "onnxruntime" };
        vs.AcceptOnlyFromAmong("onnxruntime");
        var seconds = OptionOf.Number("--seconds", "S", "How long to measure.", 0.0, 5.0);
        var sweep = new Option<bool>("--sweep")
        {
            Description = "Then measure throughput for 1, 2, 4 ... streams and, if the batch size is open, for batches of 1 to 32.",
        };
        command.Add(OptionGroup.Common, vs, seconds);
        command.Add(OptionGroup.Running, sweep);
        var load = new LoadArguments(command);
        command.SetAction(parsed =>
        {
            ModelRequest request = model.Request(parsed);
            if (load.Request(parsed, request.Path, request.InputShapes, parsed.GetValue(seconds)) is { } wanted)
            {
                using Interrupt interrupt = new();
                using var server = new ServerLoad(wanted);
                LoadView.Write(server.RunAsync(interrupt.Token).GetAwaiter().GetResult(), wanted.Rates.Count > 0, model.Json(parsed));
                return (int)ExitCode.Ok;
            }
            var engineService = new EngineService(engines.Request(parsed, session.Tf32(parsed)));
            (OpenedModel opened, CustomOperators custom) = Stages.Show(2, stage =>
            {
                var service = new ModelService(request, stage);
                return (service.Open(engineService), service.CustomOperators);
            });
            CompiledModel compiled = opened.Compiled;
            ModelSessionOptions options = engineService.In(session.Options(parsed)) with { CustomOperators = custom };
            using ModelSession ours = ModelSession.Create(compiled, options);
            using FeedSet feeds = FeedSet.Of(inputs.Request(parsed), opened.Source, request.Path, options);
            using PlainSession? theirs = parsed.GetValue(vs) is null ? null : PlainSession.Load(request.Path, options);
            Paired measured = Measure.Pairs(
                () => ours.Run(feeds.Values).Dispose(), theirs is null ? null : () => theirs.Run(feeds.Values).Dispose(),
                "onnxruntime", parsed.GetValue(seconds));
            IReadOnlyList<SweepRow>? rows = parsed.GetValue(sweep)
                ? Sweep.Run(compiled, options, feeds.Values, Math.Min(1, parsed.GetValue(seconds))) : null;
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
            table.AddRow(
                side.Name, $"{side.MedianMs:F3}", $"{side.P90Ms:F3}", $"{side.P99Ms:F3}", $"{side.RunsPerSecond:F1}", $"{side.Runs}");
        AnsiConsole.Write(table);
        if (measured.Ratio is { } ratio) AnsiConsole.MarkupLineInterpolated($"ratio {ratio:F3} (ours / theirs, median of the pairs)");
        if (sweep is null) return;
        Table rows = new Table().Border(TableBorder.Simple).AddColumns("streams", "batch", "median ms", "p99 ms", "samples / s");
        foreach (SweepRow row in sweep) rows.AddRow(
            $"{row.Streams}", $"{row.Batch}", $"{row.MedianMs:F3}", $"{row.P99Ms:F3}", $"{row.SamplesPerSecond:F1}");
        AnsiConsole.Write(rows);
    }
}
