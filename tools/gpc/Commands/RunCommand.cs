using System.CommandLine;
using System.Text.Json;
using GraphPartition.Emit;
using GraphPartition.Gpc.View;
using GraphPartition.Onnx;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Compare;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc run MODEL|COMPILED</c>: runs a model partitioned and compares what comes out.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Run a model, compiling it if need be, and compare the outputs: with the test data, or with the unpartitioned model.");
        var model = new ModelArguments(command);
        var session = new SessionArguments(command);
        var inputs = new InputArguments(command);
        var relative = new Option<double?>("--rtol") { Description = "Relative tolerance of floats (default: by element type, 1e-3 for float32)." };
        var absolute = new Option<double?>("--atol") { Description = "Absolute tolerance of floats (default: by element type, 1e-4 for float32)." };
        command.Add(relative);
        command.Add(absolute);
        command.SetAction(parsed =>
        {
            (CompiledModel compiled, Compiler.Plan.PlanReport report) = model.Open(parsed);
            bool json = model.Json(parsed);
            if (!json) PlanView.Write(Path.GetFileName(model.Path(parsed)), report);

            using ModelSession partitioned = ModelSession.Create(compiled, session.Options(parsed));
            using FeedSet feeds = inputs.Read(parsed, partitioned.Plan.Graph);
            using RunResult result = partitioned.Run(feeds.Values);
            NamedValue[] actual = [.. partitioned.Outputs.Zip(result.Values, (v, value) => new NamedValue(v.Name, OrtValues.ToData(value)))];

            bool given = feeds.Expected.Count > 0;
            IReadOnlyList<NamedValue> expected = given ? feeds.Expected : Unpartitioned(model.Path(parsed), session.Options(parsed), feeds, actual);
            Tolerance? tolerance = parsed.GetValue(relative) is null && parsed.GetValue(absolute) is null ? null
                : new Tolerance(parsed.GetValue(relative) ?? 1e-3, parsed.GetValue(absolute) ?? 1e-4);
            var comparison = new RunComparison(given ? "the test data" : "the unpartitioned run", partitioned.Plan.Steps.Length,
                [.. expected.Select(e => OutputComparison.Of(e, actual, tolerance))]);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(comparison, RunView.Json));
            else RunView.Write(comparison);
            return (int)(comparison.Agrees ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;
    }

    /// <summary>The outputs of plain ONNX Runtime on the file, in the order of the model.</summary>
    private static NamedValue[] Unpartitioned(string path, ModelSessionOptions options, FeedSet feeds, NamedValue[] actual)
    {
        using PlainSession plain = PlainSession.Load(path, options);
        using IDisposableReadOnlyCollection<OrtValue> outputs = plain.Run(feeds.Values);
        return [.. actual.Zip(outputs, (a, value) => new NamedValue(a.Name, OrtValues.ToData(value)))];
    }
}

/// <summary>One output beside what was expected of it.</summary>
/// <param name="Name">The output.</param>
/// <param name="Type">Its type.</param>
/// <param name="Summary">What is in it.</param>
/// <param name="MaxAbsolute">The greatest absolute difference.</param>
/// <param name="MaxRelative">The greatest relative difference.</param>
/// <param name="Fault">What is wrong, or null.</param>
internal sealed record OutputComparison(string Name, string Type, string Summary, double MaxAbsolute, double MaxRelative, string? Fault)
{
    public static OutputComparison Of(NamedValue expected, NamedValue[] all, Tolerance? tolerance)
    {
        int at = Array.FindIndex(all, v => v.Name == expected.Name);
        if (at < 0) return new(expected.Name, "", "", 0, 0, "the model has no such output");
        DataValue actual = all[at].Value;
        TensorDifference difference = ValueDifference.Between(expected.Value, actual, tolerance);
        return new(expected.Name, ValueSummary.TypeOf(actual), ValueSummary.Of(actual), difference.MaxAbsolute, difference.MaxRelative, difference.Fault);
    }
}

/// <summary>A run beside what was expected of it.</summary>
/// <param name="With">What it was compared with.</param>
/// <param name="Steps">The number of steps that the run took.</param>
/// <param name="Outputs">Each output.</param>
internal sealed record RunComparison(string With, int Steps, IReadOnlyList<OutputComparison> Outputs)
{
    public bool Agrees => Outputs.All(o => o.Fault is null);
}
