namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Text of a file about one value, for people and for other tools: kept through import, through passes that
/// rebuild the value's node, and through export. It is dropped with its value.
/// </summary>
public sealed record ValueMetadata
{
    /// <summary>Documentation and metadata of the value, or null.</summary>
    public Metadata? Value { get; init; }

    /// <summary>Documentation and metadata of the tensor that a constant is, or that an input has as its default; or null.</summary>
    public Metadata? Tensor { get; init; }

    /// <summary>
    /// The denotations of the type, its dimensions and the types inside it
    /// (https://github.com/onnx/onnx/blob/main/docs/TypeDenotation.md, DimensionDenotation.md), in the order in which the type's
    /// text names them; empty texts for places without denotation, an empty list where there are none.
    /// </summary>
    public ImmutableArray<string> Denotations { get; init; } = [];

    /// <summary>
    /// Names of the values with the parameters of its quantization, by key (<c>SCALE_TENSOR</c>, <c>ZERO_POINT_TENSOR</c>).
    /// </summary>
    public ImmutableArray<KeyValuePair<string, string>> Quantization { get; init; } = [];

    /// <summary>Whether there is no metadata.</summary>
    public bool IsEmpty => Value is null && Tensor is null && Denotations.IsEmpty && Quantization.IsEmpty;

    /// <summary>This metadata, and that of the tensor that the value is or has as its default.</summary>
    public static ValueMetadata? With(ValueMetadata? metadata, Metadata? tensor) => tensor is null ? metadata
        : Merge(metadata, new() { Tensor = tensor });

    /// <summary>The metadata of both; where both have an entry, the first counts.</summary>
    public static ValueMetadata? Merge(ValueMetadata? a, ValueMetadata? b) => a is null ? b : b is null ? a : new()
    {
        Value = a.Value ?? b.Value,
        Tensor = a.Tensor ?? b.Tensor,
        Denotations = a.Denotations.IsEmpty ? b.Denotations : a.Denotations,
        Quantization = a.Quantization.IsEmpty ? b.Quantization : a.Quantization,
    };
}
