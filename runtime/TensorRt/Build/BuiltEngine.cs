namespace GraphPartition.TensorRt.Build;

/// <summary>A serialized engine, which TensorRT calls a plan, and the other results of its build.</summary>
/// <param name="Data">The engine's bytes.</param>
/// <param name="Release">The release that built it.</param>
/// <param name="TimingCache">Timings for the next build; empty if the release has none.</param>
/// <param name="Warnings">Deviations from the options that do not affect the engine.</param>
public sealed record BuiltEngine(
    ReadOnlyMemory<byte> Data, TensorRtRelease Release, ReadOnlyMemory<byte> TimingCache, IReadOnlyList<Diagnostic> Warnings);
