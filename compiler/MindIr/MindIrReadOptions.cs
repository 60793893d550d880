namespace GraphPartition.MindIr;

/// <summary>How a MindIR model is read.</summary>
public sealed record MindIrReadOptions
{
    /// <summary>Infers the types of values while the graph is built; the types that the file stores are merged in.</summary>
    public IOperatorRules Rules { get; init; } = DeclaredTypes.Instance;

    /// <summary>Takes warnings and fresh symbols; null: a new one.</summary>
    public BuildScope? Scope { get; init; }

    /// <summary>The key of an encrypted file: the 16, 24 or 32 bytes that were <c>enc_key</c> at export. Empty: none.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Where the weights of a model given as bytes lie; null: such a model has them all inside.</summary>
    public string? Directory { get; init; }
}
