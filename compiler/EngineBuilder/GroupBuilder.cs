using System.Collections.Concurrent;
using System.Diagnostics;
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

    private readonly TensorRtMachine _machine;
    private readonly EngineOptions _options;
    private readonly MemoryGate _gate;
    private readonly TimingCacheFile? _timings;
    private readonly Action<Diagnostic> _warn;
    private readonly ILogger _logger;
    private readonly ConcurrentBag<TrtBuilder> _idle = [];

    public GroupBuilder(TensorRtMachine machine, EngineOptions options, Action<Diagnostic> warn)
    {
        _machine = machine;
        _options = options;
        _warn = warn;
        _logger = options.Logger ?? NullLogger.Instance;
        _gate = new MemoryGate(machine.Device.FreeMemoryBytes() / 10 * 9);
        Target = EngineDescription.TargetOf(machine, options.Build);
        string name = $"{machine.Library.Release}-{machine.Device.Name}-sm{machine.Device.ComputeCapability}.timing";
        string file = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        _timings = options.TimingFolder is { } folder ? new TimingCacheFile(Path.Combine(folder, file)) : null;
    }

    /// <summary>The release, device and precision of the engines.</summary>
    public EngineTarget Target { get; }

    /// <summary>Which nodes of a group the parser supports.</summary>
    public ParserSupport Judge(SegmentModel group) => Use(builder => builder.SupportedNodes(group.Bytes, group.Path));

    /// <summary>Whether the cache has an entry for the engine of a group. Its contents are not checked.</summary>
    public bool IsCached(SegmentModel group, ShapeProfile profile) => _options.Cache?.Contains(KeyOf(group, profile)) == true;

    /// <summary>Builds an engine that every release can build, to find out whether builds can succeed here at all.</summary>
    /// <param name="options">The options of the build.</param>
    /// <exception cref="TensorRtException">The build fails; the message has TensorRT's reason.</exception>
    public void Probe(BuildOptions options) =>
        Use(builder => builder.Build(KnownGoodModel.Bytes, options with { Name = KnownGoodModel.Name, ModelPath = null, Profiles = [] }));

    /// <summary>Checks that the parser accepts what every release accepts.</summary>
    /// <exception cref="TensorRtException">GP4006: it does not, so its answers about groups mean nothing.</exception>
    public void CheckParser()
    {
        if (Use(builder => builder.SupportedNodes(KnownGoodModel.Bytes)) is { WholeModel: false } answer)
            throw new TensorRtException(TensorRtCodes.TensorRtFailed, $"the ONNX parser of {_machine.Library.Release}",
                "it refuses even a MatMul and a Relu", answer.Log, answer.Errors);
    }

    /// <summary>The key of a group's engine.</summary>
    public EngineKey KeyOf(SegmentModel group, ShapeProfile profile) =>
        EngineDescription.KeyOf(group, With(group, profile), Target, _machine.Library.Plugins);

    /// <summary>The engine of a group, from the cache or built and stored there.</summary>
    /// <exception cref="TensorRtException">It cannot be built.</exception>
    public GroupEngine Engine(
        SegmentModel group, long weightBytes, ShapeProfile profile, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        BuildOptions options = With(group, profile);
        EngineKey key = EngineDescription.KeyOf(group, options, Target, _machine.Library.Plugins);
        long start = Stopwatch.GetTimestamp();
        bool isBuilt = false;
        ReadOnlyMemory<byte> Build()
        {
            isBuilt = true;
            return Run(group, options, weightBytes, progress, cancellation);
        }
        ReadOnlyMemory<byte> bytes = _options.Cache is { } cache
            ? cache.FindOrBuild(key, Build, _warn, Properties(group), cancellation) : Build();
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
        catch (TensorRtException e) when (e.IsRefusal)
        {
            return false;
        }
    }

    private BuildOptions With(SegmentModel group, ShapeProfile profile, BuildOptions? options = null) => (options ?? _options.Build) with
    {
        Name = $"group_{group.ContentKey[..12]}",
        ModelPath = group.Path,
        Profiles = profile.Inputs.Count + profile.Values.Count > 0 ? [profile] : [],
    };

    private ReadOnlyMemory<byte> Run(
        SegmentModel group, BuildOptions options, long weightBytes, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        using IDisposable room = _gate.Enter(LeastMemory + 3 * weightBytes + (options.WorkspaceBytes ?? 0), cancellation);
        _logger.LogDebug("building {Name}: {Nodes} nodes in opset {Opset}, {Bytes} bytes of ONNX, {Weights} bytes of weights",
            options.Name, group.Graph.Nodes.Length, group.Opsets.GetValueOrDefault(""), group.Bytes.Length, weightBytes);
        return Use(builder =>
        {
            BuildOptions timed = options with { TimingCache = _timings?.Read() ?? default };
            BuiltEngine built = builder.Build(group.Bytes, timed, progress, cancellation);
            foreach (Diagnostic warning in built.Warnings) _warn(warning);
            if (_timings is null || built.TimingCache.IsEmpty) return built.Data;
            if (_timings.Update(present => builder.MergeTimingCaches(present, built.TimingCache)) is { } problem) _warn(problem);
            return built.Data;
        });
    }

    /// <summary>Runs a call with an idle builder or a new one. A builder that failed is not used again.</summary>
    private T Use<T>(Func<TrtBuilder, T> call)
    {
        _machine.Device.MakeCurrent();
        TrtBuilder builder = _idle.TryTake(out TrtBuilder? idle) ? idle : TrtBuilder.Create(_machine.Library, _options.Logger);
        bool isDone = false;
        try
        {
            T result = call(builder);
            isDone = true;
            return result;
        }
        finally
        {
            if (isDone) _idle.Add(builder);
            else builder.Dispose();
        }
    }

    /// <summary>Releases the builders.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out TrtBuilder? builder)) builder.Dispose();
    }

    private Dictionary<string, string> Properties(SegmentModel group) => new()
    {
        ["tensorrt"] = Target.TensorRt.ToString(),
        ["capability"] = Target.ComputeCapability,
        ["device"] = Target.Device,
        ["precision"] = Target.Precision,
        ["nodes"] = group.Graph.Nodes.Length.ToString(CultureInfo.InvariantCulture),
        ["content"] = group.ContentKey,
    };
}

/// <summary>The engine of a group.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">The engine.</param>
/// <param name="IsBuilt">Whether it was built now rather than found in the cache.</param>
/// <param name="Milliseconds">The time for that.</param>
internal sealed record GroupEngine(EngineKey Key, ReadOnlyMemory<byte> Bytes, bool IsBuilt, double Milliseconds);
