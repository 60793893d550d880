namespace GraphPartition.Onnx.Reading;

/// <summary>How a model is read.</summary>
public sealed record OnnxReadOptions
{
    /// <summary>Infers the types of values while the graph is built.</summary>
    public IOperatorRules Rules { get; init; } = DeclaredTypes.Instance;

    /// <summary>Converts every node to one canonical opset; null: nodes stay in the opset of the file.</summary>
    public INodeNormalizer? Normalizer { get; init; }

    /// <summary>The domain of functions that stay functions (<see cref="Model.Functions"/>); null: every call is expanded.</summary>
    public string? KeepFunctionsOf { get; init; }

    /// <summary>
    /// Further functions that stay functions. Their calls are nodes, for instance because TensorRT has a plugin of that name; the body of
    /// the function gives the types of their outputs.
    /// </summary>
    public IReadOnlyCollection<OpName> KeepFunctions { get; init; } = [];

    /// <summary>The metadata key under which a model lists such functions itself, one in each line; null: no model does.</summary>
    public string? KeptFunctionsKey { get; init; }

    /// <summary>Takes warnings and fresh symbols; null: a new one.</summary>
    public BuildScope? Scope { get; init; }

    /// <summary>
    /// External data that is in memory already: takes the location, the offset and the number of bytes that a tensor names. Null, or a
    /// result of null: the location is a file.
    /// </summary>
    public Func<string, long, long, ReadOnlyMemory<byte>?>? Resident { get; init; }

    /// <summary>Where external data of a model given as bytes lies; null: such a model cannot have any.</summary>
    public string? Directory { get; init; }
}
