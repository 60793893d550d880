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
/// Processes that compile the same and different models at once, one of them killed at a random moment of each round.
/// <c>GP_COMPILE_ROUNDS=200</c> is the long form, with eight processes; <c>GP_COMPILE_LOG=FILE</c> gets a line for each round. The cache
/// alone goes through many more kills in EngineCacheTests.
/// </summary>
public sealed class CompileTortureTests : IDisposable
{
    private static readonly TimeSpan Deadlock = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<string> _known = []; // keys of engines that a process reported
    private readonly HashSet<string> _built = [];
    private int _killed, _found;

    private string Cache => _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void Processes_that_compile_at_once_share_one_sound_cache()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("GP_COMPILE_ROUNDS") ?? "1");
        string tensorRt = MockCompiler.TensorRt("trt10_16"); // compiled before anybody is timed
        MockCompiler.Cuda();
        Random random = new(5);
        long usual = 2500;
        for (int round = 0; round < rounds; round++)
        {
            // One model is the same in all rounds, so that its engines are found; the others are new, so that they are built.
            string[] models = [Model("same", 3), Model("new", 100 + 2 * round), Model("other", 101 + 2 * round)];
            long start = Stopwatch.GetTimestamp();
            Process[] running = [.. Enumerable.Range(0, rounds > 1 ? 8 : 4).Select(i => Start(tensorRt, "", "dotnet",
                [Library, "compile", models[i % models.Length], "-o", Output(i), "--engine-cache", Cache, "--json"]))];
            Task<Outcome>[] outcomes = [.. running.Select(process => Task.Run(() => Finish(process)))];
            Thread.Sleep((int)random.NextInt64(usual));
            Process victim = running[random.Next(running.Length)];
            try
            {
                victim.Kill();
            }
            catch (InvalidOperationException)
            {
                // it has ended and been looked at
            }
            Assert.True(Task.WaitAll(outcomes, Deadlock), $"round {round}: processes wait for each other");
            usual = Math.Max(500, (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            for (int i = 0; i < outcomes.Length; i++) Look(outcomes[i].Result, Output(i));
            LookAtCache();
            Note($"round {round}: {usual} ms, so far {_killed} killed, {_built.Count} engines built, {_found} found, {_known.Count} in the cache");
        }
        Outcome last = Run(tensorRt, "compile", Model("same", 3), "-o", Output(0), "--engine-cache", Cache, "--json");
        Assert.Contains("\"source\": \"cache\"", last.Output, StringComparison.Ordinal);
    }

    private string Output(int process) => _folder.File($"c{process}.onnx");

    private string Model(string name, int width)
    {
        OnnxWriter.Write(Graphs.Chain(Shape.Of(2, width), "Add w", "Relu", "Softmax", "Mul w"), _folder.File($"{name}.onnx"));
        return _folder.File($"{name}.onnx");
    }

    /// <summary>The output of a process that ended, or the files of one that was killed.</summary>
    private void Look(Outcome outcome, string written)
    {
        Assert.True(outcome.ExitCode is 0 or 137, outcome.ToString());
        if (File.Exists(written))
        {
            Assert.All(CompiledModelFormat.Read(written).Cut.Groups, g => Assert.Single(g.Engines)); // whole, though its process was killed
            File.Delete(written);
        }
        else Assert.Equal(137, outcome.ExitCode);
        if (outcome.ExitCode == 137)
        {
            _killed++;
            return;
        }
        // the mock's table
        Assert.DoesNotContain("GP401", outcome.Errors.Replace("GP4017", "", StringComparison.Ordinal), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        foreach (JsonElement group in json.RootElement.GetProperty("build").GetProperty("groups").EnumerateArray())
        {
            string source = group.GetProperty("source").GetString()!;
            Assert.True(source is "built" or "cache", outcome.ToString());
            string key = group.GetProperty("key").GetString()!;
            _known.Add(key);
            if (source == "cache") _found++;
            else Assert.True(_built.Add(key), $"two processes built {key}");
        }
    }

    /// <summary>Every byte is right, and no engine that somebody stored is lost.</summary>
    private void LookAtCache()
    {
        IReadOnlyList<EngineCacheEntry> entries = new EngineCache(Cache).Verify();
        Assert.All(entries, e => Assert.Null(e.Problem));
        Assert.Empty(_known.Except(entries.Select(e => e.Key.Hex)));
    }

    private static void Note(string line)
    {
        if (Environment.GetEnvironmentVariable("GP_COMPILE_LOG") is { } log)
            File.AppendAllText(log, $"{DateTime.UtcNow:HH:mm:ss} {line}\n");
    }
}
