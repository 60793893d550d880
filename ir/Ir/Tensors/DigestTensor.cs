using System.Collections.Immutable;
using GraphPartition.Foundation;

namespace GraphPartition.Ir.Tensors;

/// <summary>A tensor of which only type and digest are known: what a text with digests parses to.</summary>
public sealed class DigestTensor : TensorData
{
    private readonly byte[] _digest;

    /// <summary>A tensor with this digest, or the first bytes of one.</summary>
    public DigestTensor(ElementType element, ImmutableArray<long> dims, byte[] digest) : base(element, dims) => _digest = digest;

    /// <inheritdoc/>
    public override long ByteCount => Element == ElementType.String ? 0 : base.ByteCount;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Digest => _digest;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Bytes => throw new InvalidOperationException("only the digest of this tensor is known");
}
