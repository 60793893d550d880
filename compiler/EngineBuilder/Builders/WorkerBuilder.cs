using System.Diagnostics;
using Google.Protobuf;
using GraphPartition.Cuda;
using GraphPartition.EngineBuilder.Builders.Wire;
using GraphPartition.TensorRt;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// TensorRT in a worker process, which is started when the first call needs it and kept. A crash, a hang and a build that takes too much
/// memory end the worker only. The call is tried once more with a new worker; then it fails with what was seen.
/// </summary>
/// <param name="options">How to start a worker.</param>
/// <param name="machine">The library and the device.</param>
/// <param name="logger">Receives TensorRT's messages; null: nobody.</param>
/// <param name="loadsOnly">Whether engines are only loaded: then no builder is created, which takes seconds.</param>
internal sealed class WorkerBuilder(WorkerOptions options, BuildMachine machine, ILogger? logger, bool loadsOnly = false) : IEngineBuilder
{
    private const int Poll = 50; // milliseconds between two looks at time and memory
    private const int LogLinesKept = 200;
    private static readonly TimeSpan MostToOpen = TimeSpan.FromMinutes(5); // to load the library and create a builder: 5 s as a rule

    private static readonly HashSet<DiagnosticCode> Ends =
    [
        TensorRtCodes.BuilderCrashed, TensorRtCodes.BuildTimedOut, TensorRtCodes.BuildTookMemory, TensorRtCodes.EngineRefused,
        TensorRtCodes.TensorRtFailed, CudaCodes.CudaFailed,
    ];

    private readonly Queue<LogLine> _log = new();
    private WorkerProcess? _worker;
    private UnnamedFile? _modelFile;
    private byte[]? _modelInFile;

    public ParserSupport Judge(OnnxModel model, TimeSpan limit, CancellationToken cancellation) =>
        WireResults.From(Call("checking a group", () => new() { Judge = WireOf(model) }, limit, null, cancellation).Judged);

    public BuiltEngine Build(
        OnnxModel model, BuildOptions options, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        using UnnamedFile plan = Guarded(() => new UnnamedFile());
        Request Request() => new() { Build = new() { Model = WireOf(model), Options = WireOptions.Of(options), Plan = plan.Path } };
        Wire.Engine built = Call(options.Name, Request, limit, progress, cancellation).Built;
        ReadOnlyMemory<byte> bytes = built.Bytes.Length == built.Length ? built.Bytes.Memory : Guarded(() => plan.Read(built.Length));
        return WireResults.From(built, bytes, machine.Release);
    }

    public void Load(ReadOnlyMemory<byte> engine, bool allowHostCode, TimeSpan limit, CancellationToken cancellation)
    {
        byte[] bytes = engine.ToArray();
        Request Request() => new() { Load = new() { Engine = WireOf(new OnnxModel(bytes, null)), HostCode = allowHostCode } };
        Call("loading an engine", Request, limit, null, cancellation);
    }

    public ReadOnlyMemory<byte> MergeTimingCaches(
        ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, TimeSpan limit, CancellationToken cancellation)
    {
        Merge merge = new() { First = UnsafeByteOperations.UnsafeWrap(first), Second = UnsafeByteOperations.UnsafeWrap(second) };
        return Call("timing caches", () => new() { Merge = merge }, limit, null, cancellation).Merged.Memory;
    }

    /// <summary>
    /// Starts the worker and creates the builder in it, which runs all self-checks of the binding; twice if it must be. What fails then
    /// is the library or the machine.
    /// </summary>
    /// <exception cref="EnvironmentException">The worker cannot be used (GP4043), or there is no builder.</exception>
    private void Open(TimeSpan limit, CancellationToken cancellation)
    {
        TimeSpan least = TimeSpan.FromSeconds(10);
        TimeSpan most = limit == Timeout.InfiniteTimeSpan || limit > MostToOpen ? MostToOpen : limit > least ? limit : least;
        for (bool isSecond = false; _worker is null; isSecond = true)
        {
            try
            {
                _worker = WorkerProcess.Start(options, cancellation);
                Answer("creating a builder", new() { Open = WireOf(machine, logger, loadsOnly) }, most, null, cancellation);
            }
            catch (TensorRtException e) when (IsEnd(e))
            {
                if (isSecond) throw new TensorRtException(TensorRtCodes.TensorRtFailed, machine.Release.ToString(), e.Fault, e.Log);
                logger?.LogWarning("creating a builder: once more, after: {Reason}", e.Fault);
            }
            catch (EnvironmentException e)
                when (!isSecond && (e.Diagnostic.Code == TensorRtCodes.WorkerUnusable
                    || e.Diagnostic.Code == TensorRtCodes.TensorRtUnknown))
            {
                Stop(); // perhaps it was killed before it began, or a call that checks the library failed only this time
                logger?.LogWarning("starting the worker once more, after: {Reason}", e.Diagnostic.Message);
            }
            catch
            {
                Stop();
                throw;
            }
        }
    }

    public void Dispose()
    {
        Stop();
        _modelFile?.Dispose();
        _modelFile = null;
    }

    private Event Call(
        string what, Func<Request> request, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        for (bool isSecond = false; ; isSecond = true)
        {
            Open(limit, cancellation);
            try
            {
                return Answer(what, request(), limit, progress, cancellation);
            }
            catch (EnvironmentException e) when (IsEnd(e))
            {
                if (isSecond && e.Diagnostic.Code == CudaCodes.CudaFailed)
                    throw Failed(TensorRtCodes.BuilderCrashed, $"{what}: the device failed: {e.Diagnostic.Message}"); // in new contexts, twice
                if (isSecond) throw;
                logger?.LogWarning("{What}: once more, after: {Reason}", what, e.Diagnostic.Message);
            }
        }
    }

    /// <summary>
    /// Whether a failure ends the worker: it has ended, or TensorRT or the device in it may be in no state to go on. Refusals do not.
    /// </summary>
    private static bool IsEnd(EnvironmentException e) => Ends.Contains(e.Diagnostic.Code);

    /// <summary>Sends a request and waits for its result. The worker is stopped if there is none.</summary>
    private Event Answer(string what, Request request, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        WorkerProcess worker = _worker!;
        _log.Clear();
        long start = Stopwatch.GetTimestamp();
        bool isAlive = false;
        try
        {
            worker.Send(request);
            while (true)
            {
                bool isThere = worker.TryTake(out Event? next, Poll, cancellation);
                if (isThere && next is null) throw Failed(TensorRtCodes.BuilderCrashed, $"{what}: the engine worker crashed{worker.Ended()}");
                if (next is not null)
                {
                    if (!IsResult(next, progress)) continue;
                    Exception? failure = next.KindCase == Event.KindOneofCase.Failure ? WireResults.From(next.Failure) : null;
                    isAlive = failure is not EnvironmentException e || !IsEnd(e);
                    return failure is null ? next : throw failure;
                }
                if (limit != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) > limit)
                    throw Failed(TensorRtCodes.BuildTimedOut, $"{what}: no result within {limit.TotalSeconds:0.#} seconds");
                if (options.MemoryBytes is { } most && worker.MemoryBytes is var used && used > most)
                    throw Failed(TensorRtCodes.BuildTookMemory, $"{what}: the engine worker took {used >> 20} MiB of memory, {most >> 20} are allowed");
            }
        }
        finally
        {
            if (!isAlive) Stop();
        }
    }

    /// <summary>Handles one event. Results end a call; other events do not.</summary>
    private bool IsResult(Event next, IProgress<BuildProgress>? progress)
    {
        switch (next.KindCase)
        {
            case Event.KindOneofCase.Log:
                LogLine line = WireResults.From(next.Log);
                logger?.Log(line.Level, "{Message}", line.Message);
                if (line.Level < LogLevel.Warning) return false;
                _log.Enqueue(line);
                if (_log.Count > LogLinesKept) _log.Dequeue();
                return false;
            case Event.KindOneofCase.Progress:
                progress?.Report(WireResults.From(next.Progress));
                return false;
            default:
                return true;
        }
    }

    private TensorRtException Failed(DiagnosticCode code, string message) => new(code, machine.Release.ToString(), message, [.. _log]);

    private void Stop()
    {
        _worker?.Dispose();
        _worker = null;
    }

    /// <summary>A large model is in a file that the worker opens. A call that is repeated does not write it again.</summary>
    private ModelBytes WireOf(OnnxModel model)
    {
        ModelBytes wire = new() { Path = model.Path ?? "" };
        if (model.Bytes.Length <= WorkerProtocol.InlineBytes)
        {
            wire.Bytes = UnsafeByteOperations.UnsafeWrap(model.Bytes);
            return wire;
        }
        if (!ReferenceEquals(_modelInFile, model.Bytes))
        {
            _modelInFile = null;
            _modelFile?.Dispose();
            _modelFile = Guarded(() => new UnnamedFile());
            Guarded(() =>
            {
                _modelFile.Write(model.Bytes);
                return true;
            });
            _modelInFile = model.Bytes;
        }
        wire.File = _modelFile!.Path;
        return wire;
    }

    private static Open WireOf(BuildMachine machine, ILogger? logger, bool loadsOnly) => new()
    {
        Library = machine.Library?.Path ?? throw new InvalidOperationException($"{machine.Release} cannot be called"),
        Rtx = machine.Release.IsRtx,
        Cuda = machine.Device?.DriverPath ?? "",
        Ordinal = machine.Device?.Ordinal ?? 0,
        Plugins = { machine.Plugins.Select(p => p.Path) },
        LogLevel = (int)Enumerable.Range((int)LogLevel.Trace, (int)LogLevel.Warning).Cast<LogLevel>()
            .FirstOrDefault(level => logger?.IsEnabled(level) == true, LogLevel.Warning), // warnings tell why a build fails
        LoadsOnly = loadsOnly,
    };

    private static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentException(TensorRtCodes.WorkerUnusable, Path.GetTempPath(), e.Message, e);
        }
    }
}
