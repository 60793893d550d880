using GraphPartition.Foundation;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Build;

/// <summary>A serialized engine, called a plan by TensorRT, and what came with building it.</summary>
/// <param name="Data">The engine's bytes.</param>
/// <param name="Version">The release that built it.</param>
/// <param name="TimingCache">Timings to hand to the next build; empty where the release gave none.</param>
/// <param name="Warnings">What went otherwise than asked, without harm to the engine.</param>
public sealed record BuiltEngine(
    ReadOnlyMemory<byte> Data, TensorRtVersion Version, ReadOnlyMemory<byte> TimingCache, IReadOnlyList<Diagnostic> Warnings);
