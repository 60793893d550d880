using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GraphPartition.EngineBuilder.Build;

/// <summary>Builds engines of groups on one machine, through the caches. Safe for several threads.</summary>
internal sealed class GroupBuilder
{
    private const long LeastMemory = 256L << 20; // what a build needs beside weights: contexts, libraries, tactics

    private readonly TensorRtMachine _machine;
    private readonly EngineOptions _options;
    private readonly MemoryGate _gate;
    private readonly TimingCacheFile? _timings;
    private readonly Action<Diagnostic> _warn;
    private readonly ILogger _logger;

    public GroupBuilder(TensorRtMachine machine, EngineOptions options, Action<Diagnostic> warn)
    {
        _machine = machine;
        _options = options;
        _warn = warn;
        _logger = options.Logger ?? NullLogger.Instance;
        _gate = new MemoryGate(machine.Device.FreeMemoryBytes() / 10 * 9);
        Target = EngineDescription.TargetOf(machine, options.Build);
        string name = $"{machine.Library.Version}-{machine.Device.Name}-sm{machine.Device.ComputeCapability}.timing";
        _timings = options.TimingFolder is { } folder
            ? new TimingCacheFile(Path.Combine(folder, string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'))))
            : null;
    }

    /// <summary>What the engines are built for.</summary>
    public EngineTarget Target { get; }

    /// <summary>Asks the parser which nodes of a group it takes.</summary>
    public ParserSupport Judge(GroupModel group)
    {
        _machine.Device.MakeCurrent();
        using TrtBuilder builder = _machine.Library.CreateBuilder(_options.Logger);
        return builder.SupportedNodes(group.Bytes, group.Path);
    }

    /// <summary>Whether anything can be built here: an engine that hands one number through.</summary>
    /// <exception cref="TensorRtException">Nothing can; the message says what TensorRT said.</exception>
    public void Probe()
    {
        var graph = new GraphBuilder(DeclaredTypes.Instance) { Name = "probe" };
        Value x = graph.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
        Value y = new("y", x.Type);
        graph.Define("Identity", [x], [y], AttributeMap.Empty);
        Model model = new(graph.Build(y)) { Opsets = OpsetVersions.Standard(13), FormatVersion = 7 };
        _machine.Device.MakeCurrent();
        using TrtBuilder builder = _machine.Library.CreateBuilder(_options.Logger);
        builder.Build(GraphPartition.Onnx.Writing.OnnxWriter.ToBytes(model), new BuildOptions { Name = "probe", Precision = _options.Build.Precision });
    }

    /// <summary>The key of a group's engine.</summary>
    public EngineKey KeyOf(GroupModel group, ShapeProfile profile) => EngineDescription.KeyOf(group, With(group, profile), Target);

    /// <summary>The engine of a group: from the cache, or built and stored.</summary>
    /// <exception cref="TensorRtException">It cannot be built.</exception>
    public GroupEngine Engine(GroupModel group, long weightBytes, ShapeProfile profile, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        BuildOptions options = With(group, profile);
        EngineKey key = EngineDescription.KeyOf(group, options, Target);
        long start = Stopwatch.GetTimestamp();
        bool isBuilt = false;
        ReadOnlyMemory<byte> Build()
        {
            isBuilt = true;
            return Run(group, options, weightBytes, progress, cancellation);
        }
        ReadOnlyMemory<byte> bytes = _options.Cache is { } cache
            ? cache.FindOrBuild(key, Build, _warn, Properties(group), cancellation)
            : Build();
        return new GroupEngine(key, bytes, isBuilt, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Whether a group builds; nothing is kept.</summary>
    public bool Builds(GroupModel group, long weightBytes, ShapeProfile profile, CancellationToken cancellation)
    {
        try
        {
            Run(group, With(group, profile), weightBytes, null, cancellation);
            return true;
        }
        catch (TensorRtException e) when (e.Diagnostic.Code == Codes.BuildFailed || e.Diagnostic.Code == Codes.ParserRejected)
        {
            return false;
        }
    }

    private BuildOptions With(GroupModel group, ShapeProfile profile) => _options.Build with
    {
        Name = $"group_{group.ContentKey[..12]}",
        ModelPath = group.Path,
        Profiles = profile.Inputs.Count + profile.Values.Count > 0 ? [profile] : [],
    };

    private ReadOnlyMemory<byte> Run(
        GroupModel group, BuildOptions options, long weightBytes, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        using IDisposable room = _gate.Enter(LeastMemory + 3 * weightBytes + (options.WorkspaceBytes ?? 0), cancellation);
        _machine.Device.MakeCurrent();
        _logger.LogDebug("building {Name}: {Nodes} nodes in opset {Opset}, {Bytes} bytes of ONNX, {Weights} bytes of weights",
            options.Name, group.Graph.Nodes.Length, group.Opset, group.Bytes.Length, weightBytes);
        using TrtBuilder builder = _machine.Library.CreateBuilder(_options.Logger);
        BuiltEngine built = builder.Build(group.Bytes, options with { TimingCache = _timings?.Read() ?? default }, progress, cancellation);
        foreach (Diagnostic warning in built.Warnings) _warn(warning);
        if (!built.TimingCache.IsEmpty && _timings?.Update(present => builder.MergeTimingCaches(present, built.TimingCache)) is { } problem) _warn(problem);
        return built.Data;
    }

    private Dictionary<string, string> Properties(GroupModel group) => new()
    {
        ["tensorrt"] = Target.TensorRt,
        ["capability"] = Target.ComputeCapability,
        ["device"] = Target.Device,
        ["precision"] = Target.Precision,
        ["nodes"] = group.Graph.Nodes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["content"] = group.ContentKey,
    };
}

/// <summary>The engine of a group.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">The engine.</param>
/// <param name="IsBuilt">Whether it was built now; else it was in the cache.</param>
/// <param name="Milliseconds">How long it took to have it.</param>
internal sealed record GroupEngine(EngineKey Key, ReadOnlyMemory<byte> Bytes, bool IsBuilt, double Milliseconds);
