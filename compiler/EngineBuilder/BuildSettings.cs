namespace GraphPartition.EngineBuilder;

/// <summary>The build options that a user set. If no engine can be built with them, they may be the cause, not the nodes.</summary>
internal static class BuildSettings
{
    private static readonly (string Name, Func<BuildOptions, BuildOptions> Drop)[] All =
    [
        ("precision", o => o with { Precision = o.Precision == Precision.AsTyped ? Precision.AsTyped : Precision.Fp32 }),
        ("workspace", o => o with { WorkspaceBytes = null }),
        ("optimization level", o => o with { OptimizationLevel = null }),
        ("hardware compatibility", o => o with { HardwareCompatibility = HardwareCompatibility.SameGpu }),
        ("version compatible", o => o with { VersionCompatible = false, ExcludeLeanRuntime = false }),
        ("exclude lean runtime", o => o with { ExcludeLeanRuntime = false }),
        ("refittable", o => o with { Refittable = false }),
        ("strip weights", o => o with { StripWeights = false }),
        ("weight streaming", o => o with { WeightStreaming = false }),
        ("sparse weights", o => o with { SparseWeights = false }),
        ("profiling", o => o with { Profiling = ProfilingDetail.LayerNames }),
        ("auxiliary streams", o => o with { MaxAuxStreams = null }),
        ("threads", o => o with { MaxThreads = null }),
    ];

    /// <summary>The options without any that the user set.</summary>
    /// <returns>Null if the user set none.</returns>
    public static BuildOptions? Plain(BuildOptions options)
    {
        BuildOptions plain = All.Aggregate(options, (o, setting) => setting.Drop(o));
        return plain == options ? null : plain;
    }

    /// <summary>The names of the settings without which a build succeeds: the one at fault, or all of them if no single one is.</summary>
    /// <param name="options">Options with which no build succeeds.</param>
    /// <param name="builds">Whether a build succeeds with some options.</param>
    public static string AtFault(BuildOptions options, Func<BuildOptions, bool> builds)
    {
        (string Name, BuildOptions Without)[] set = [.. All.Select(s => (s.Name, s.Drop(options))).Where(s => s.Item2 != options)];
        string? one = set.Length == 1 ? set[0].Name : set.FirstOrDefault(s => builds(s.Without)).Name;
        return one ?? string.Join(", ", set.Select(s => s.Name));
    }
}
