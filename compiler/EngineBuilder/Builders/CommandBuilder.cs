using System.Diagnostics;
using GraphPartition.TensorRt;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// Another program builds each engine: for releases that this program cannot call. It gets an ONNX file and writes a plan file. Where the
/// library can be called, its parser judges and the engine is loaded once; else every group is tried and nothing is known about its engine.
/// </summary>
/// <param name="command">The command.</param>
/// <param name="machine">What to build for.</param>
/// <param name="library">Judges groups and loads engines; null: nothing can. It is disposed with this object.</param>
/// <param name="logger">Receives what the program prints; null: nobody.</param>
internal sealed class CommandBuilder(string command, BuildMachine machine, IEngineBuilder? library, ILogger? logger) : IEngineBuilder
{
    private const int LinesKept = 20;
    private const int Poll = 50, LastLines = 5000; // milliseconds

    private readonly CommandTemplate _template = CommandTemplate.Parse(command);

    public ParserSupport Judge(OnnxModel model, TimeSpan limit, CancellationToken cancellation) =>
        library?.Judge(model, limit, cancellation) ?? new(true, [], []);

    public BuiltEngine Build(
        OnnxModel model, BuildOptions options, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        using BuildFolder folder = Guarded(() => new BuildFolder(model));
        string[] words = _template.Fill(folder.Onnx, folder.Engine, options, machine.Capability.ToString());
        progress?.Report(BuildProgress.Message(Path.GetFileName(words[0])));
        Run(words, options.Name, limit, cancellation);
        byte[]? bytes = Guarded(folder.ReadEngine);
        if (bytes is not { Length: > 0 })
            throw Failed(words, $"it ends with exit code 0 and {(bytes is null ? "writes no engine" : "the engine is empty")}");
        if (machine.Device is not null) library?.Load(bytes, allowHostCode: true, limit, cancellation);
        return new BuiltEngine(bytes, machine.Release, default, []);
    }

    public void Load(ReadOnlyMemory<byte> engine, bool allowHostCode, TimeSpan limit, CancellationToken cancellation) =>
        library?.Load(engine, allowHostCode, limit, cancellation);

    /// <summary>The program keeps its own timings.</summary>
    public ReadOnlyMemory<byte> MergeTimingCaches(
        ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, TimeSpan limit, CancellationToken cancellation) => default;

    public void Dispose() => library?.Dispose();

    private void Run(string[] words, string what, TimeSpan limit, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Queue<string> lines = new();
        using Process process = Start(start, words);
        Task[] readers = [.. new[] { process.StandardOutput, process.StandardError }
            .Select(from => Task.Run(() => Read(from), CancellationToken.None))]; // until the pipe ends
        void Read(StreamReader from)
        {
            while (from.ReadLine() is { } line)
            {
                logger?.LogDebug("{Line}", line);
                lock (lines)
                {
                    lines.Enqueue(line);
                    if (lines.Count > LinesKept) lines.Dequeue();
                }
            }
        }
        long began = Stopwatch.GetTimestamp();
        try
        {
            while (!process.WaitForExit(Poll))
            {
                cancellation.ThrowIfCancellationRequested();
                if (limit != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(began) > limit)
                    throw new TensorRtException(TensorRtCodes.BuildTimedOut, machine.Release.ToString(),
                        $"{what}: no result of the builder command within {limit.TotalSeconds:0.#} seconds", Log(lines));
            }
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        Task.WaitAll(readers, LastLines, cancellation); // a process that it started may still hold the pipes
        if (process.ExitCode != 0)
            throw new TensorRtException(TensorRtCodes.BuildFailed, machine.Release.ToString(),
                $"{what}: the builder command ended with exit code {process.ExitCode}", Log(lines));
    }

    private static Process Start(ProcessStartInfo start, string[] words)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw Failed(words, $"it cannot be started: {e.Message}");
        }
    }

    private static List<LogLine> Log(Queue<string> lines)
    {
        lock (lines) return [.. lines.Select(line => new LogLine(LogLevel.Error, line))];
    }

    private static EnvironmentException Failed(string[] words, string message) =>
        new(TensorRtCodes.BuilderCommandFailed, string.Join(' ', words), message);

    private static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentException(TensorRtCodes.BuilderCommandFailed, Path.GetTempPath(), e.Message, e);
        }
    }
}
