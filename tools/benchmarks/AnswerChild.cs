using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GraphPartition.Gpc.Services;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Benchmarks;

/// <summary>What a process measured of itself that loads one model from disk and runs it.</summary>
/// <param name="LoadMs">From the file's name to a session.</param>
/// <param name="FirstMs">The first run after that.</param>
/// <param name="CpuMs">Processor time of the whole process up to the first answer.</param>
/// <param name="PeakKilobytes">The largest resident set after all runs.</param>
/// <param name="Norm">The sum of the absolute values of the first output. It shows whether both sides agree.</param>
internal sealed record Answer(double LoadMs, double FirstMs, double CpuMs, long PeakKilobytes, double Norm)
{
    /// <summary>The time that a user waits.</summary>
    public double Ms => LoadMs + FirstMs;
}

/// <summary>
/// A separate process for each sample of start-up and memory. Both are about a fresh process: no code is compiled, no library is
/// loaded, no page of an arena is touched. The parent knows the shapes. The child reads only the model.
/// </summary>
internal static class AnswerChild
{
    public const string Ours = "gpc", Theirs = "onnxruntime";

    public static Command Create()
    {
        var command = new Command("answer", "Load one model and run it. 'startup' runs this command in separate processes.")
        {
            Hidden =
            true
        };
        var side = new Argument<string>("SIDE");
        var path = new Argument<string>("FILE");
        var inputs = new Argument<string[]>("INPUT");
        var runs = new Option<int>("--runs");
        command.Add(side);
        command.Add(path);
        command.Add(inputs);
        command.Add(runs);
        command.SetAction(parsed =>
        {
            string[] described = parsed.GetRequiredValue(inputs);
            Answer answer = parsed.GetRequiredValue(side) == Ours
                ? AnswerOf(parsed.GetRequiredValue(path), described, parsed.GetValue(runs))
                : AnswerOfOnnxRuntime(parsed.GetRequiredValue(path), described, parsed.GetValue(runs));
            Console.WriteLine(JsonSerializer.Serialize(answer));
            return 0;
        });
        return command;
    }

    /// <summary>Runs one child.</summary>
    /// <param name="side"><see cref="Ours"/> with a compiled file, or <see cref="Theirs"/> with any.</param>
    /// <param name="path">The model.</param>
    /// <param name="feeds">Values with the types and shapes of the inputs; the child chooses their content.</param>
    /// <param name="runs">How often it runs before it reports its memory.</param>
    /// <exception cref="InvalidOperationException">The child failed.</exception>
    public static (Answer Answer, double WallMs) Run(string side, string path, IReadOnlyDictionary<string, OrtValue> feeds, int runs)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "benchmarks"),
            ["answer", side, path, .. feeds.Select(f => Describe(f.Key, f.Value)), "--runs", runs.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double wall = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (process.ExitCode != 0) throw new InvalidOperationException(
            $"'{string.Join(' ', start.ArgumentList)}' ended with {process.ExitCode}\n{output}");
        return (JsonSerializer.Deserialize<Answer>(output)!, wall);
    }

    private static Answer AnswerOf(string path, string[] described, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        using ModelSession session = ModelSession.Load(path);
        return Measured(start, described, runs, feeds =>
        {
            using RunResult result = session.Run(feeds);
            return Norm(result.Values[0]);
        });
    }

    private static Answer AnswerOfOnnxRuntime(string path, string[] described, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        using PlainSession session = PlainSession.Load(path, new());
        return Measured(start, described, runs, feeds =>
        {
            using RunResult result = session.Run(feeds);
            return Norm(result.Values[0]);
        });
    }

    private static Answer Measured(long start, string[] described, int runs, Func<Dictionary<string, OrtValue>, double> run)
    {
        double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Dictionary<string, OrtValue> feeds = described.Select(Parse).ToDictionary(); // not before: they bring ONNX Runtime up
        double norm = run(feeds);
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds - load;
        double cpu = Environment.CpuUsage.TotalTime.TotalMilliseconds;
        for (int i = 1; i < runs; i++) run(feeds);
        return new(load, first, cpu, ProcessMemory.PeakKilobytes, norm);
    }

    private static double Norm(OrtValue value)
    {
        double sum = 0;
        foreach (float x in value.GetTensorDataAsSpan<float>()) sum += Math.Abs(x);
        return sum;
    }

    private static string Describe(string name, OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return $"{name}:{info.ElementDataType}:{string.Join('x', info.Shape)}";
    }

    /// <summary>A tensor of the described type and shape: numbers from 0 to 1, or zeros and ones.</summary>
    private static KeyValuePair<string, OrtValue> Parse(string description)
    {
        string[] parts = description.Split(':');
        long[] dims = [.. parts[^1].Split('x', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, Enum.Parse<TensorElementType>(parts[^2]), dims);
        if (parts[^2] == nameof(TensorElementType.Float))
        {
            Span<float> floats = value.GetTensorMutableDataAsSpan<float>();
            for (int i = 0; i < floats.Length; i++) floats[i] = i % 97 / 97f;
        }
        else
        {
            Span<long> integers = value.GetTensorMutableDataAsSpan<long>();
            for (int i = 0; i < integers.Length; i++) integers[i] = i % 2;
        }
        return new(string.Join(':', parts[..^2]), value);
    }
}
