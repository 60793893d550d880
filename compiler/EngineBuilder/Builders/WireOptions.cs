using Google.Protobuf;
using GraphPartition.Cuda;
using GraphPartition.EngineBuilder.Builders.Wire;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>Build options as a message, and back.</summary>
internal static class WireOptions
{
    public static Options Of(BuildOptions options)
    {
        Options wire = new()
        {
            Name = options.Name,
            Precision = (int)options.Precision,
            Tf32 = options.Tf32,
            Hardware = (int)options.HardwareCompatibility,
            VersionCompatible = options.VersionCompatible,
            ExcludeLean = options.ExcludeLeanRuntime,
            Refittable = options.Refittable,
            StripWeights = options.StripWeights,
            WeightStreaming = options.WeightStreaming,
            SparseWeights = options.SparseWeights,
            Profiling = (int)options.Profiling,
            TimingCache = UnsafeByteOperations.UnsafeWrap(options.TimingCache),
            CapabilityMajor = options.Capability?.Major ?? 0,
            CapabilityMinor = options.Capability?.Minor ?? 0,
        };
        if (options.WorkspaceBytes is { } workspace) wire.Workspace = workspace;
        if (options.OptimizationLevel is { } level) wire.Level = level;
        if (options.MaxAuxStreams is { } streams) wire.AuxStreams = streams;
        if (options.MaxThreads is { } threads) wire.Threads = threads;
        wire.Profiles.AddRange(options.Profiles.Select(Of));
        return wire;
    }

    public static BuildOptions From(Options wire) => new()
    {
        Name = wire.Name,
        Precision = (Precision)wire.Precision,
        Tf32 = wire.Tf32,
        WorkspaceBytes = wire.HasWorkspace ? wire.Workspace : null,
        OptimizationLevel = wire.HasLevel ? wire.Level : null,
        HardwareCompatibility = (HardwareCompatibility)wire.Hardware,
        VersionCompatible = wire.VersionCompatible,
        ExcludeLeanRuntime = wire.ExcludeLean,
        Refittable = wire.Refittable,
        StripWeights = wire.StripWeights,
        WeightStreaming = wire.WeightStreaming,
        SparseWeights = wire.SparseWeights,
        Profiling = (ProfilingDetail)wire.Profiling,
        MaxAuxStreams = wire.HasAuxStreams ? wire.AuxStreams : null,
        MaxThreads = wire.HasThreads ? wire.Threads : null,
        TimingCache = wire.TimingCache.Memory,
        Capability = wire.CapabilityMajor == 0 ? null : new ComputeCapability(wire.CapabilityMajor, wire.CapabilityMinor),
        Profiles = [.. wire.Profiles.Select(p => new ShapeProfile(From(p.Inputs)) { Values = From(p.Values) })],
    };

    private static Profile Of(ShapeProfile profile)
    {
        Profile wire = new();
        foreach ((string input, ShapeRange range) in profile.Inputs) wire.Inputs[input] = Of(range);
        foreach ((string input, ShapeRange range) in profile.Values) wire.Values[input] = Of(range);
        return wire;
    }

    private static Wire.Range Of(ShapeRange range) => new() { Min = { range.Min }, Opt = { range.Opt }, Max = { range.Max } };

    private static Dictionary<string, ShapeRange> From(IDictionary<string, Wire.Range> ranges) =>
        ranges.ToDictionary(r => r.Key, r => new ShapeRange([.. r.Value.Min], [.. r.Value.Opt], [.. r.Value.Max]));
}
