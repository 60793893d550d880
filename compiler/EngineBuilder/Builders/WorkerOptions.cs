using System.Collections.Immutable;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// How to start the process that builds engines. TensorRT may end or block its process; in a worker that costs one group, not the compile.
/// </summary>
/// <param name="Program">An executable whose entry point calls <see cref="EngineWorker.Run"/> for these arguments.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record WorkerOptions(string Program, ImmutableArray<string> Arguments)
{
    /// <summary>The most host memory, in bytes, that the worker may take; null: no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The most time from the start of the worker to its first message.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(1);
}
