namespace GraphPartition.Serving.Deploy;

/// <summary>How a model is written for NVIDIA Triton.</summary>
/// <param name="Name">The name under which it is served.</param>
public sealed record TritonOptions(string Name)
{
    /// <summary>The most samples of a batch. A model that cannot be batched has none.</summary>
    public int MaxBatchSize { get; init; } = 8;

    /// <summary>Sizes that are run as soon as they are reached.</summary>
    public ImmutableArray<int> PreferredBatchSizes { get; init; } = [];

    /// <summary>How long a request waits for others, in microseconds.</summary>
    public int MaxQueueDelayMicroseconds { get; init; } = 500;

    /// <summary>How many instances each part has, on each device.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Whether ONNX Runtime computes its parts on the GPU.</summary>
    public bool FallbackOnGpu { get; init; }

    /// <summary>Whether groups without engines are parts of their own too. It shows the plan; it costs time.</summary>
    public bool KeepGroups { get; init; }

    /// <summary>The version.</summary>
    public int Version { get; init; } = 1;
}
