using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.TestSupport;

/// <summary>A tensor of a text that has only its type and its digest, or the first bytes of one.</summary>
internal sealed class DigestTensor(ElementType element, ImmutableArray<long> dims, byte[] digest) : TensorData(element, dims)
{
    /// <summary>Strings have no size without their elements; the printer prints a digest for large ones only.</summary>
    public override long ByteCount => Element == ElementType.String ? long.MaxValue : base.ByteCount;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Digest => digest;

    /// <summary>Zeros for a small tensor, since graph builders read small integer tensors; there are no elements.</summary>
    public override ReadOnlyMemory<byte> Bytes => ElementCount <= BuildScope.MaxElements ? new byte[base.ByteCount]
        : throw new InvalidOperationException("only the digest of this tensor is known");
}

/// <summary>A string of a text that has only its length and its digest.</summary>
internal sealed class DigestAttribute(long length, byte[] digest) : AttributeValue
{
    /// <summary>As the text form writes it.</summary>
    public override string ToString() => $"bytes[{length}] #{Convert.ToHexStringLower(digest)}";
}
