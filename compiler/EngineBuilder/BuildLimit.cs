namespace GraphPartition.EngineBuilder;

/// <summary>How long a build may take before it counts as one that hangs.</summary>
internal static class BuildLimit
{
    // Builds of real networks took 1 to 130 s on an idle GPU, and four times as long on a busy one (deeplab, 8 builds at a time).
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ForNode = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan ForMegabyte = TimeSpan.FromSeconds(1);

    /// <summary>The limit of a build or of a check by the parser.</summary>
    /// <param name="given">The user's limit; null: by the size of the group.</param>
    /// <param name="nodes">The nodes of the group.</param>
    /// <param name="bytes">The bytes of the group and its weights.</param>
    public static TimeSpan Of(TimeSpan? given, int nodes, long bytes) => given ?? Least + nodes * ForNode + (bytes >> 20) * ForMegabyte;
}
