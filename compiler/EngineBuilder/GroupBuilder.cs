using System.Collections.Concurrent;
using System.Diagnostics;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Cache;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Builds engines of groups on one machine, through the caches. Safe for several threads. Creating a TensorRT builder takes seconds, so
/// builders are created when the first build needs them, one for each concurrent build, and used again until this object is disposed.
/// </summary>
internal sealed class GroupBuilder : IDisposable
{
    private const long LeastMemory = 256L << 20; // bytes that a build needs beside weights, for contexts, libraries and tactics

    private readonly BuildMachine _machine;
    private readonly EngineOptions _options;
    private readonly Lazy<MemoryGate?> _gate;
    private readonly Lazy<BuildTimes?> _times;
    private readonly DeviceLock? _turns;
    private readonly ParserAnswers? _answers;
    private readonly TimingCacheFile? _timings;
    private readonly Action<Diagnostic> _warn;
    private readonly ILogger _logger;
    private readonly ConcurrentBag<IEngineBuilder> _idle = [];

    public GroupBuilder(BuildMachine machine, EngineOptions options, Action<Diagnostic> warn)
    {
        _machine = machine;
        _options = options;
        _warn = warn;
        _logger = options.Logger ?? NullLogger.Instance;
        Target = EngineDescription.TargetOf(machine, options.Build);
        _gate = new(() => options.Jobs > 1 ? new MemoryGate(Memory() / 10 * 9) : null);
        _times = new(() => options.Cache is { } cache ? new BuildTimes(cache, IsAlike) : null);
        _turns = machine.Device is { } device ? new DeviceLock(device) : null;
        _answers = options.Cache is { } kept ? new ParserAnswers(kept, machine) : null;
        string name = $"{machine.Release}-{machine.Device?.Name}-sm{machine.Capability}.timing";
        string file = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        bool keepsTimings = machine.Device is not null;
        _timings = keepsTimings && options.TimingFolder is { } folder ? new TimingCacheFile(Path.Combine(folder, file)) : null;
    }

    /// <summary>The release, device and precision of the engines.</summary>
    public EngineTarget Target { get; }

    /// <summary>Stops calls that have no other token.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>
    /// Which nodes of a group the parser supports. If the parser crashes over the group, it supports none of it, with the crash as the
    /// reason.
    /// </summary>
    public ParserSupport Judge(SegmentModel group)
    {
        if (_answers?.Find(group) is { } known) return known;
        try
        {
            TimeSpan limit = BuildLimit.Of(_options.BuildTimeout, group.Graph.Nodes.Length, group.Bytes.Length);
            ParserSupport answer = Use(builder => builder.Judge(ModelOf(group), limit, Cancellation));
            _answers?.Store(group, answer);
            return answer;
        }
        catch (TensorRtException e) when (e.Diagnostic.Code == TensorRtCodes.BuilderCrashed)
        {
            return new(false, [], [new(-1, "", "", 0, e.Diagnostic.Message, "")]) { Log = e.Log };
        }
    }

    /// <summary>Whether the cache has an entry for the engine of a group. Its contents are not checked.</summary>
    public bool IsCached(SegmentModel group, ShapeProfile profile) => _options.Cache?.Contains(KeyOf(group, profile)) == true;

    /// <summary>Builds an engine that every release can build, to find out whether builds can succeed here at all.</summary>
    /// <param name="options">The options of the build.</param>
    /// <exception cref="TensorRtException">The build fails; the message has TensorRT's reason.</exception>
    public void Probe(BuildOptions options)
    {
        BuildOptions named = options with
        {
            Name = KnownGoodModel.Name,
            ModelPath = null,
            Profiles = [],
            Capability = _machine.CapabilityToName
        };
        Use(builder => builder.Build(KnownGood, named, BuildLimit.Of(_options.BuildTimeout, 1, 0), null, Cancellation));
    }

    /// <summary>Checks that the parser accepts what every release accepts.</summary>
    /// <exception cref="TensorRtException">GP4006: it does not, so its answers about groups mean nothing.</exception>
    public void CheckParser()
    {
        TimeSpan limit = BuildLimit.Of(_options.BuildTimeout, 1, 0);
        if (Use(builder => builder.Judge(KnownGood, limit, Cancellation)) is { WholeModel: false } answer)
            throw new TensorRtException(TensorRtCodes.TensorRtFailed, $"the ONNX parser of {_machine.Release}",
                "it refuses even a MatMul and a Relu", answer.Log, answer.Errors);
    }

    /// <summary>The key of a group's engine.</summary>
    public EngineKey KeyOf(SegmentModel group, ShapeProfile profile) =>
        EngineDescription.KeyOf(group, With(group, profile), Target, _machine.Plugins, _options.Command);

    /// <summary>The engine of a group, from the cache or built and stored there.</summary>
    /// <exception cref="TensorRtException">It cannot be built.</exception>
    public GroupEngine Engine(
        SegmentModel group, long weightBytes, ShapeProfile profile, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        BuildOptions options = With(group, profile);
        EngineKey key = EngineDescription.KeyOf(group, options, Target, _machine.Plugins, _options.Command);
        Dictionary<string, string> properties = Properties(group);
        long start = Stopwatch.GetTimestamp();
        bool isBuilt = false;
        ReadOnlyMemory<byte> Build()
        {
            isBuilt = true;
            var (built, time) = Run(group, options, weightBytes, progress, cancellation);
            properties[BuildTimes.Milliseconds] = time.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
            return built;
        }
        ReadOnlyMemory<byte> bytes = _options.Cache is { } cache
            ? cache.FindOrBuild(key, Build, _warn, properties, cancellation) : Build();
        return new GroupEngine(key, bytes, isBuilt, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Whether a group builds. The engine is discarded.</summary>
    /// <param name="group">The group.</param>
    /// <param name="weightBytes">The bytes of its weights.</param>
    /// <param name="profile">The shapes of its inputs.</param>
    /// <param name="cancellation">Stops the build.</param>
    /// <param name="options">The options of the build; null: those of this compile.</param>
    public bool Builds(
        SegmentModel group, long weightBytes, ShapeProfile profile, CancellationToken cancellation, BuildOptions? options = null)
    {
        try
        {
            Run(group, With(group, profile, options), weightBytes, null, cancellation);
            return true;
        }
        catch (TensorRtException e) when (e.IsRefusal || e.IsOfGroup)
        {
            return false;
        }
    }

    private static OnnxModel KnownGood => new(KnownGoodModel.Bytes, null);

    private static OnnxModel ModelOf(SegmentModel group) => new(group.Bytes, group.Path);

    private BuildOptions With(SegmentModel group, ShapeProfile profile, BuildOptions? options = null) => (options ?? _options.Build) with
    {
        Name = $"group_{group.ContentKey[..12]}",
        ModelPath = group.Path,
        Capability = _machine.CapabilityToName,
        Profiles = profile.Inputs.Count + profile.Values.Count > 0 ? [profile] : [],
    };

    private (ReadOnlyMemory<byte> Engine, TimeSpan Time) Run(
        SegmentModel group, BuildOptions options, long weightBytes, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        int nodes = group.Graph.Nodes.Length;
        using IDisposable? room = _gate.Value?.Enter(LeastMemory + 3 * weightBytes + (options.WorkspaceBytes ?? 0), cancellation);
        ReadOnlyMemory<byte> timings = _timings?.Read() ?? default;
        TimeSpan limit = BuildLimit.Of(_options.BuildTimeout, nodes, group.Bytes.Length + weightBytes);
        BuiltEngine built;
        long start;
        string waiting = $"waiting for another process that builds engines on {_machine.Device?.Name}";
        using (_turns?.Enter(() => progress?.Report(BuildProgress.Message(waiting, isWaiting: true)), _warn, cancellation))
        {
            _logger.LogDebug("building {Name}: {Nodes} nodes in opset {Opset}, {Bytes} bytes of ONNX, {Weights} bytes of weights",
                options.Name, nodes, group.Opsets.GetValueOrDefault(""), group.Bytes.Length, weightBytes);
            if (progress is not null && _times.Value?.Of(nodes) is { } usual)
                progress.Report(BuildProgress.Message($"{nodes} nodes, about {Math.Ceiling(usual.TotalSeconds)} s"));
            start = Stopwatch.GetTimestamp();
            built = Use(builder => builder.Build(ModelOf(group), options with { TimingCache = timings }, limit, progress, cancellation));
        }
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        foreach (Diagnostic warning in built.Warnings) _warn(warning);
        ReadOnlyMemory<byte> Merged(ReadOnlyMemory<byte> present) =>
            Use(builder => builder.MergeTimingCaches(present, built.TimingCache, limit, cancellation));
        if (_timings is not null && !built.TimingCache.IsEmpty && _timings.Update(Merged) is { } problem) _warn(problem);
        return (built.Data, time);
    }

    /// <summary>Runs a call with an idle builder or a new one.</summary>
    private T Use<T>(Func<IEngineBuilder, T> call)
    {
        IEngineBuilder builder = _idle.TryTake(out IEngineBuilder? idle) ? idle : Create();
        try
        {
            return call(builder);
        }
        finally
        {
            _idle.Add(builder);
        }
    }

    private IEngineBuilder Create()
    {
        IEngineBuilder? builder = _machine.Library is null ? null
            : _options.Worker is { } worker ? new WorkerBuilder(worker, _machine, _options.Logger)
            : new InProcessBuilder(_machine, _options.Logger);
        return _options.Command is { } command ? new CommandBuilder(command, _machine, builder, _options.Logger)
            : builder ?? throw new InvalidOperationException($"{_machine.Release} cannot be called");
    }

    private long Memory() => _machine.Device?.FreeMemoryBytes() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Releases the builders.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out IEngineBuilder? builder)) builder.Dispose();
    }

    private bool IsAlike(IReadOnlyDictionary<string, string> entry) =>
        ((string[])["tensorrt", "device", "precision"]).All(name => entry.GetValueOrDefault(name) == TargetProperties[name]);

    private Dictionary<string, string> Properties(SegmentModel group) => new(TargetProperties)
    {
        [BuildTimes.Nodes] = group.Graph.Nodes.Length.ToString(CultureInfo.InvariantCulture),
        ["content"] = group.ContentKey,
    };

    private Dictionary<string, string> TargetProperties => new()
    {
        ["tensorrt"] = Target.TensorRt.ToString(),
        ["capability"] = Target.ComputeCapability,
        ["device"] = Target.Device,
        ["precision"] = Target.Precision,
    };
}

/// <summary>The engine of a group.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">The engine.</param>
/// <param name="IsBuilt">Whether it was built now rather than found in the cache.</param>
/// <param name="Milliseconds">The time for that.</param>
internal sealed record GroupEngine(EngineKey Key, ReadOnlyMemory<byte> Bytes, bool IsBuilt, double Milliseconds);
