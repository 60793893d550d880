namespace GraphPartition.Gpc.Requests;

/// <summary>What load a server gets.</summary>
/// <param name="Server">Where it is.</param>
/// <param name="Model">The name of the model on it.</param>
internal sealed record LoadRequest(Uri Server, string Model)
{
    /// <summary>
    /// How many requests are open at once, one value after the other: each client sends the next request after its answer.
    /// </summary>
    public IReadOnlyList<int> Concurrency { get; init; } = [1];

    /// <summary>How many requests are sent in a second, whether answers come or not; empty: <see cref="Concurrency"/> counts.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [];

    /// <summary>How long each value is measured.</summary>
    public double Seconds { get; init; }

    /// <summary>Samples of a request: the first open size of each input.</summary>
    public long Batch { get; init; } = 1;

    /// <summary>Shapes of inputs with other open sizes, by name.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; init; } = new Dictionary<string, long[]>();

    /// <summary>Whether tensors are passed in shared memory of this machine.</summary>
    public bool SharedMemory { get; init; }

    /// <summary>The API key; null: none.</summary>
    public string? ApiKey { get; init; }
}
