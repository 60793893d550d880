using GraphPartition.Cuda;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.Gpc.Requests;

/// <summary>Whether and how TensorRT engines are built and used.</summary>
/// <param name="Mode">Whether engines are used, or even required.</param>
/// <param name="Machine">Where TensorRT is, and the device.</param>
internal sealed record EngineRequest(EngineMode Mode, MachineRequest Machine)
{
    /// <summary>The options of TensorRT's builder.</summary>
    public BuildOptions Build { get; init; } = new();

    /// <summary>The folder of the engine cache; null: engines are not kept.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>The size in bytes that the cache stays under; null: it may grow.</summary>
    public long? CacheBytes { get; init; }

    /// <summary>The folder of TensorRT's timings; null: they are not kept.</summary>
    public string? TimingFolder { get; init; }

    /// <summary>How many groups are built at a time; null: one on a GPU, more without.</summary>
    public int? Jobs { get; init; }

    /// <summary>The compute capabilities to build for, without a device; empty: for the device of this machine.</summary>
    public IReadOnlyList<ComputeCapability> For { get; init; } = [];

    /// <summary>Whether to build for every compute capability that the library knows.</summary>
    public bool ForAll { get; init; }

    /// <summary>The command of another program that builds engines; null: none.</summary>
    public string? Command { get; init; }

    /// <summary>Whether tensors of engines have the names of the model's values.</summary>
    public bool NamesValues { get; init; }

    /// <summary>Whether this process builds engines itself, without a worker.</summary>
    public bool InProcess { get; init; }

    /// <summary>The most memory in bytes that a worker may take; null: no limit.</summary>
    public long? WorkerBytes { get; init; }

    /// <summary>The most time of one build; null: by the size of the group.</summary>
    public TimeSpan? BuildTimeout { get; init; }

    /// <summary>The requested precision; null: engines of any precision are used.</summary>
    public string? Precision { get; init; }

    /// <summary>Whether engines may run code that they carry with them.</summary>
    public bool Trust { get; init; }
}
