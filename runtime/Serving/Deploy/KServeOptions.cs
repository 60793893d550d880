namespace GraphPartition.Serving.Deploy;

/// <summary>How a model is described for KServe.</summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Storage">Where the models are, for instance <c>s3://bucket/repository</c> or <c>pvc://claim/path</c>.</param>
public sealed record KServeOptions(string Name, string Storage)
{
    /// <summary>The image of <c>gpc serve</c>; null: the models are a Triton repository, and KServe's Triton runtime serves them.</summary>
    public string? Image { get; init; }

    /// <summary>How many GPUs a replica has.</summary>
    public int Gpus { get; init; }

    /// <summary>The fewest replicas.</summary>
    public int MinReplicas { get; init; } = 1;

    /// <summary>The most replicas.</summary>
    public int MaxReplicas { get; init; } = 1;

    /// <summary>How many waiting requests one replica may have before another is started.</summary>
    public int PendingPerReplica { get; init; } = 8;

    /// <summary>The address of Prometheus in the cluster; null: no scaling by metrics.</summary>
    public string? Prometheus { get; init; }
}
