using System.Diagnostics;
using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.TensorRt.Cache;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// A compile or its worker is killed at a random moment. <c>GP_KILL_ROUNDS=200</c> is the long form; <c>GP_KILL_LOG=FILE</c> gets a line
/// for each round.
/// </summary>
public sealed class KillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Cache => _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void A_kill_loses_no_engine_and_breaks_no_file()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("GP_KILL_ROUNDS") ?? "4");
        string tensorRt = MockCompiler.TensorRt("trt10_16"), output = _folder.File("c.onnx");
        MockCompiler.Cuda();
        Random random = new(11);
        HashSet<string> reported = [];
        long usual = 1500;
        for (int round = 0; round < rounds; round++)
        {
            string model = _folder.File($"m{round}.onnx");
            OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 3 + round), "Add w", "Relu", "Softmax", "Mul w", "Softmax", "Abs", "Neg"), model);
            long start = Stopwatch.GetTimestamp();
            Process compile = Start(tensorRt, "slow=150", "dotnet",
                [Library, "compile", model, "-o", output, "--engine-cache", Cache, "--passes", "none", "--json"]);
            Task<Outcome> ends = Task.Run(() => Finish(compile));
            bool killsWorker = round % 2 == 0;
            string victim = Victim(compile.Id, killsWorker, TimeSpan.FromMilliseconds(random.NextInt64(usual)));
            Outcome outcome = ends.Result;
            if (outcome.ExitCode == 0) usual = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Assert.True(outcome.ExitCode == 0 || (!killsWorker && outcome.ExitCode == 137), outcome.ToString());
            if (outcome.ExitCode == 0)
            {
                // The death of a worker costs nothing: its call is made once more.
                using JsonDocument json = JsonDocument.Parse(outcome.Output);
                foreach (JsonElement group in json.RootElement.GetProperty("build").GetProperty("groups").EnumerateArray())
                {
                    Assert.True(group.GetProperty("source").GetString() is "built" or "cache", outcome.ToString());
                    reported.Add(group.GetProperty("key").GetString()!);
                }
            }
            if (File.Exists(output))
            {
                Assert.All(CompiledModelFormat.Read(output).AllGroups, g => Assert.Single(g.Engines));
                File.Delete(output);
            }
            IReadOnlyList<EngineCacheEntry> entries = new EngineCache(Cache).Verify();
            Assert.All(entries, e => Assert.Null(e.Problem));
            Assert.Empty(reported.Except(entries.Select(e => e.Key.Hex)));
            if (Environment.GetEnvironmentVariable("GP_KILL_LOG") is { } log)
                File.AppendAllText(log, $"round {round}: killed {victim}, exit code {outcome.ExitCode}, {entries.Count} engines\n");
        }
    }

    /// <summary>Kills the compile after some time, or its worker as soon as there is one after that time.</summary>
    private static string Victim(int compile, bool killsWorker, TimeSpan after)
    {
        Thread.Sleep(after);
        try
        {
            while (killsWorker)
            {
                string[] children = [.. Directory.GetDirectories($"/proc/{compile}/task").Select(task => Path.Combine(task, "children"))
                    .SelectMany(f => File.ReadAllText(f).Split(' ', StringSplitOptions.RemoveEmptyEntries))];
                if (children.Length > 0)
                {
                    Process.GetProcessById(int.Parse(children[0])).Kill();
                    return "the worker";
                }
                Thread.Sleep(5);
            }
            Process.GetProcessById(compile).Kill();
            return "the compile";
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
        {
            return "nothing: it had ended";
        }
    }

    [MockFact]
    public void Two_compiles_at_once_take_turns_and_share_the_cache()
    {
        string tensorRt = MockCompiler.TensorRt("trt10_16");
        string[] models = [_folder.File("a.onnx"), _folder.File("b.onnx")];
        OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 5), "Add w", "Relu", "Softmax", "Mul w"), models[0]);
        OnnxWriter.Write(Graphs.Chain(Shape.Of(2, 5), "Sub w", "Tanh", "Softmax", "Mul w"), models[1]); // its second group is the same
        Task<Outcome>[] both = [.. models.Select((model, i) => Task.Run(() => Finish(Start(tensorRt, "slow=1500", "env",
            [$"TMPDIR={_folder.Path}", "dotnet", Library, "compile", model, "-o", _folder.File($"c{i}.onnx"), "--engine-cache", Cache, "--passes",
                "none", "--json"]))))];
        Task.WaitAll(both);
        Assert.All(both, b => Assert.True(b.Result.ExitCode == 0, b.Result.ToString()));
        Assert.Contains(both, b => b.Result.Errors.Contains("waiting for another process that builds engines on Mock A", StringComparison.Ordinal));
        string all = both[0].Result.Output + both[1].Result.Output;
        Assert.Equal(3, all.Split("\"source\": \"built\"").Length - 1);
        Assert.Equal(1, all.Split("\"source\": \"cache\"").Length - 1);
    }
}
