using System.Diagnostics;
using Google.Protobuf;
using GraphPartition.Cuda;
using GraphPartition.EngineBuilder.Builders.Wire;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>Answers the requests of one compile. The machine is that of the first request.</summary>
/// <param name="output">Where events go.</param>
internal sealed class WorkerServer(Stream output) : IDisposable
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private InProcessBuilder? _builder;

    /// <summary>Answers one request. Every failure is an answer, too.</summary>
    public void Serve(Request request)
    {
        Event answer;
        try
        {
            answer = request.KindCase switch
            {
                Request.KindOneofCase.Open => Open(request.Open),
                Request.KindOneofCase.Judge => new() { Judged = WireResults.Of(Builder.Judge(From(request.Judge), default, default)) },
                Request.KindOneofCase.Build => new() { Built = Build(request.Build) },
                Request.KindOneofCase.Merge => Merge(request.Merge),
                Request.KindOneofCase.Load => Load(request.Load),
                _ => throw new InvalidOperationException($"a request of kind {request.KindCase}"),
            };
        }
        catch (Exception e)
        {
            answer = new() { Failure = WireResults.Of(e) };
        }
        Send(answer);
    }

    public void Dispose() => _builder?.Dispose();

    private InProcessBuilder Builder => _builder ?? throw new InvalidOperationException("the first request must open the machine");

    private Event Open(Open open)
    {
        LibrarySearch search = TensorRtLibrary.Find(new() { Folders = [open.Library], UseSystem = false, Rtx = open.Rtx });
        if (search.Library is not { } library)
            throw new EnvironmentException(search.Problem!.Code, search.Problem.Where, search.Problem.Message);
        library.LoadPlugins(open.Plugins);
        CudaDevice? device = open.Cuda.Length == 0 ? null : DeviceOf(open);
        BuildMachine machine = device is null ? BuildMachine.Of(library, default(ComputeCapability)) : BuildMachine.Of(library, device);
        _builder = new InProcessBuilder(machine, new Logger(this, (LogLevel)open.LogLevel));
        if (!open.LoadsOnly) _builder.Open();
        return new() { Opened = true };
    }

    /// <summary>The device, as the compile found it. It may be gone by now.</summary>
    private static CudaDevice DeviceOf(Open open)
    {
        CudaSearch search = CudaDriver.Find(open.Cuda);
        if (search.Driver is not { } driver)
            throw new EnvironmentException(search.Problem!.Code, search.Problem.Where, search.Problem.Message);
        return open.Ordinal < driver.Devices.Count ? driver.Devices[open.Ordinal] : throw new EnvironmentException(
            CudaCodes.NoCudaDevice, $"device {open.Ordinal}", $"it was there when the compile started; now there are {driver.Devices.Count} devices");
    }

    private Wire.Engine Build(Build build)
    {
        BuiltEngine built = Builder.Build(From(build.Model), WireOptions.From(build.Options), default, new Reporter(this), default);
        Wire.Engine wire = WireResults.Of(built);
        if (built.Data.Length <= WorkerProtocol.InlineBytes) wire.Bytes = UnsafeByteOperations.UnsafeWrap(built.Data);
        else
        {
            using FileStream plan = new(build.Plan, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            plan.Write(built.Data.Span);
        }
        return wire;
    }

    private Event Load(Load load)
    {
        Builder.Load(From(load.Engine).Bytes, load.HostCode, default, default);
        return new() { Loaded = true };
    }

    private Event Merge(Merge merge) => new()
    {
        Merged = UnsafeByteOperations.UnsafeWrap(Builder.MergeTimingCaches(merge.First.Memory, merge.Second.Memory, default, default)),
    };

    private static OnnxModel From(ModelBytes wire) =>
        new(wire.File.Length > 0 ? File.ReadAllBytes(wire.File) : wire.Bytes.ToByteArray(), wire.Path.Length > 0 ? wire.Path : null);

    /// <summary>TensorRT logs and reports from several threads.</summary>
    private void Send(Event message)
    {
        lock (_lock) message.WriteDelimitedTo(output);
    }

    /// <summary>Messages of TensorRT go to the parent process at once, so that a crash does not lose the last ones.</summary>
    private sealed class Logger(WorkerServer server, LogLevel from) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= from;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) server.Send(new() { Log = new() { Level = (int)logLevel, Message = formatter(state, exception) } });
        }
    }

    /// <summary>Passes progress on, but not each of thousands of steps.</summary>
    private sealed class Reporter(WorkerServer server) : IProgress<BuildProgress>
    {
        private long _last;

        public void Report(BuildProgress value)
        {
            if (_last != 0 && !value.IsFinished && value.Step > 0 && Stopwatch.GetElapsedTime(_last) < BetweenReports) return;
            _last = Stopwatch.GetTimestamp();
            server.Send(new() { Progress = WireResults.Of(value) });
        }
    }
}
