namespace GraphPartition.Onnx.Reading;

/// <summary>Types by their bytes in the file: a graph of a million values has a few types, and each is decoded once.</summary>
internal sealed class TypeCache : IEqualityComparer<ReadOnlyMemory<byte>>
{
    private readonly Dictionary<ReadOnlyMemory<byte>, (IrType Type, ImmutableArray<string> Denotations)> _types;

    public TypeCache() => _types = new(this);

    /// <summary>The type, and its denotations (<see cref="ValueMetadata.Denotations"/>).</summary>
    public (IrType Type, ImmutableArray<string> Denotations) Decode(ReadOnlyMemory<byte> bytes)
    {
        if (_types.TryGetValue(bytes, out var known)) return known;
        var denotations = new Denotations();
        IrType type = TypeDecoder.Decode(bytes, denotations);
        return _types[bytes] = (type, denotations.ToTexts());
    }

    /// <inheritdoc/>
    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlyMemory<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes.Span);
        return hash.ToHashCode();
    }
}
