namespace GraphPartition.Runtime;

/// <summary>Where the fallback executor computes.</summary>
public enum Device
{
    /// <summary>The host's processor.</summary>
    Cpu,
    /// <summary>An NVIDIA GPU, through ONNX Runtime's CUDA provider.</summary>
    Cuda,
}

/// <summary>How a <see cref="ModelSession"/> runs.</summary>
public sealed record ModelSessionOptions
{
    /// <summary>Where fallback steps compute.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>
    /// Keep every group a step of its own, engine or not. Slower without engines; it lets tests see the boundaries.
    /// </summary>
    public bool KeepGroups { get; init; }

    /// <summary>Threads of one operator on the CPU; 0 leaves it to ONNX Runtime (one per core).</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime may optimise each step's graph. Without it every operator is computed by itself, so results do not
    /// depend on where the graph is cut, to the last bit.
    /// </summary>
    public bool Optimize { get; init; } = true;
}
