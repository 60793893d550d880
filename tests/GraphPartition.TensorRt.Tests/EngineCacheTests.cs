using System.Diagnostics;
using System.Text;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Tests.Support;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed class EngineCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private EngineCache Cache => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_cache_stores_finds_and_lists()
    {
        EngineKey key = Key("a");
        Assert.Equal(new EngineCacheAnswer(null, null), Cache.Find(key));
        Assert.Null(Cache.Store(key, "engine"u8.ToArray(), new Dictionary<string, string> { ["model"] = "größe" }));
        Assert.Equal("engine"u8.ToArray(), Cache.Find(key).Blob);
        EngineCacheEntry entry = Assert.Single(Cache.List());
        Assert.Equal(key, entry.Key);
        Assert.Equal("größe", entry.Properties["model"]);
        Assert.Null(entry.Problem);

        Assert.Null(Cache.Store(key, "another"u8.ToArray()));
        Assert.Equal("another"u8.ToArray(), Cache.Find(key).Blob);
        Assert.Single(Cache.List());
        Assert.Null(Cache.Store(Key("empty"), default));
        Assert.Empty(Cache.Find(Key("empty")).Blob!);
    }

    [Fact]
    public void Keys_are_hashes_of_what_they_are_made_from()
    {
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Key("abc").Hex);
        Assert.True(EngineKey.TryParse(Key("abc").Hex, out EngineKey read));
        Assert.Equal(Key("abc"), read);
        Assert.False(EngineKey.TryParse("../../etc/passwd", out _));
        Assert.False(EngineKey.TryParse(Key("abc").Hex.ToUpperInvariant(), out _));
    }

    [Fact]
    public void Any_flipped_byte_is_detected()
    {
        EngineKey key = Key("a");
        Cache.Store(key, "engine bytes"u8.ToArray(), new Dictionary<string, string> { ["k"] = "v" });
        string file = Files().Single();
        byte[] good = File.ReadAllBytes(file);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= 0x10;
            File.WriteAllBytes(file, bad);
            Assert.Equal("GP4015", Assert.Single(Cache.Verify()).Problem?.Code.Id);
            EngineCacheAnswer answer = Cache.Find(key);
            Assert.Null(answer.Blob);
            Assert.Equal("GP4015", answer.Problem?.Code.Id);
            Assert.False(File.Exists(file), $"byte {i}: the damaged entry is still there");
        }

        foreach (int length in new[] { 0, 5, 43, good.Length - 1 })
        {
            File.WriteAllBytes(file, good[..length]);
            Assert.NotNull(Cache.Find(key).Problem);
        }

        File.WriteAllBytes(file, [.. good, 0]);
        Assert.NotNull(Cache.Find(key).Problem);
        File.WriteAllBytes(file, good);
        Assert.NotNull(Cache.Find(key).Blob);
    }

    [Fact]
    public void An_entry_under_another_key_is_detected()
    {
        Cache.Store(Key("a"), "engine"u8.ToArray());
        Cache.Store(Key("b"), "other"u8.ToArray());
        string[] files = [.. Files().Order(StringComparer.Ordinal)];
        File.Copy(files[0], files[1], overwrite: true);
        Assert.Single(Cache.List(), e => e.Problem is not null);
        Assert.Single(new[] { Cache.Find(Key("a")), Cache.Find(Key("b")) }, a => a.Problem is not null);
    }

    [Fact]
    public void Least_recently_used_entries_go_first()
    {
        byte[] blob = new byte[1000];
        for (int i = 0; i < 4; i++)
        {
            Cache.Store(Key($"{i}"), blob);
            Age(Key($"{i}"), TimeSpan.FromHours(10 - i));
        }

        Cache.Find(Key("0")); // used now
        // The time in an entry's header has no fixed length, so entries of equal blobs differ by some bytes.
        long size = Cache.List().Max(e => e.Bytes) + 16;
        Assert.InRange(Cache.Prune(3 * size), blob.Length, size);
        Assert.Equal(["2", "3", "0"], Remaining());
        EngineCache small = new(_folder.Path, maxBytes: 2 * size);
        Assert.Null(small.Store(Key("4"), blob));
        Assert.Equal(["0", "4"], Remaining());
        EngineCache tiny = new(_folder.Path, maxBytes: 1);
        Assert.Null(tiny.Store(Key("5"), blob));
        Assert.Equal(["5"], Remaining()); // what was just stored stays
        Assert.InRange(Cache.Prune(0), blob.Length, size);
        Assert.Empty(Cache.List());
    }

    [Fact]
    public void Files_left_by_killed_processes_are_removed()
    {
        Cache.Store(Key("a"), new byte[10]);
        string left = Files().Single() + ".0123.tmp";
        File.WriteAllText(left, "half");
        Cache.Prune(long.MaxValue);
        Assert.True(File.Exists(left));
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-2));
        Assert.Equal(4, Cache.Prune(long.MaxValue));
        Assert.False(File.Exists(left));
        Assert.Single(Cache.List());
    }

    [Fact]
    public void An_unusable_folder_costs_a_warning_only()
    {
        string file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");
        EngineCache cache = new(Path.Combine(file, "cache"));
        Assert.Equal("GP4014", cache.Store(Key("a"), new byte[1])?.Code.Id);
        List<string> warnings = [];
        Assert.Equal(7, cache.FindOrBuild(Key("a"), () => new byte[] { 7 }, w => warnings.Add(w.Code.Id)).Span[0]);
        Assert.Contains("GP4014", warnings);
        Assert.NotNull(new TimingCacheFile(Path.Combine(file, "timings")).Update(old => old));
    }

    [Fact]
    public void One_engine_is_built_once_by_many_threads()
    {
        int built = 0;
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            byte[] blob = [.. Cache.FindOrBuild(Key($"{i % 2}"), () =>
            {
                Interlocked.Increment(ref built);
                return new[] { (byte)(i % 2) };
            }, w => Assert.Fail(w.ToString())).Span];
            Assert.Equal(i % 2, blob[0]);
        });
        Assert.Equal(2, built);
    }

    [Fact]
    public async Task Waiting_for_another_builder_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim leave = new();
        Task<ReadOnlyMemory<byte>> first = Task.Run(() => Cache.FindOrBuild(Key("a"), () =>
        {
            inside.Set();
            leave.Wait();
            return new byte[1];
        }, _ => { }));
        inside.Wait();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Cache.FindOrBuild(Key("a"), () => new byte[1], _ => { }, null, source.Token));
        leave.Set();
        Assert.Equal(1, (await first).Length);
    }

    [Fact]
    public void A_shared_timing_cache_loses_nothing()
    {
        TimingCacheFile file = new(Path.Combine(_folder.Path, "timings", "10.16-sm90"));
        Assert.True(file.Read().IsEmpty);
        Parallel.For(0, 20, i => Assert.Null(file.Update(old => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(old.Span) + $"{i} "))));
        string[] written = Encoding.UTF8.GetString(file.Read().Span).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 20), written.Select(int.Parse).Order());
    }

    [Fact]
    public void Processes_that_are_killed_at_any_moment_leave_a_sound_cache()
    {
        // Eight processes want the same and different engines; one after the other is killed and replaced.
        int kills = int.Parse(Environment.GetEnvironmentVariable("GP_CACHE_KILLS") ?? "24");
        Random random = new(7);
        List<Process> workers = [.. Enumerable.Range(0, 8).Select(Start)];
        for (int i = 0; i < kills; i++)
        {
            Thread.Sleep(random.Next(60));
            int victim = random.Next(workers.Count);
            workers[victim].Kill();
            workers[victim].WaitForExit();
            Assert.True(workers[victim].ExitCode is 0 or 137, $"a worker found a fault: exit code {workers[victim].ExitCode}");
            workers[victim].Dispose();
            workers[victim] = Start(100 + i);
        }

        foreach (Process worker in workers)
        {
            worker.WaitForExit();
            Assert.Equal(0, worker.ExitCode);
            worker.Dispose();
        }

        IReadOnlyList<EngineCacheEntry> entries = Cache.Verify();
        Assert.Equal(CacheWorker.Keys, entries.Count);
        Assert.All(entries, e => Assert.Null(e.Problem));
        Assert.All(Enumerable.Range(0, CacheWorker.Keys), k => Assert.Equal(CacheWorker.Blob(k), Cache.Find(CacheWorker.Key(k)).Blob));
    }

    private Process Start(int seed) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
        [typeof(CacheWorker).Assembly.Location, "cache-worker", _folder.Path, $"{seed}"]))!;

    private static EngineKey Key(string text) => EngineKey.Of(Encoding.UTF8.GetBytes(text));

    private string[] Files() => Directory.GetFiles(_folder.Path, "*.engine", SearchOption.AllDirectories);

    private void Age(EngineKey key, TimeSpan age) =>
        File.SetLastWriteTimeUtc(Files().Single(f => f.Contains(key.Hex, StringComparison.Ordinal)), DateTime.UtcNow - age);

    private string[] Remaining() => [.. Cache.List().Select(e => Enumerable.Range(0, 10).Select(i => $"{i}").First(t => Key(t) == e.Key))];
}
