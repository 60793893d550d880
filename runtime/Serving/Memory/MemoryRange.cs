using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Memory;

/// <summary>A part of a region of shared memory.</summary>
/// <param name="Region">The region.</param>
/// <param name="Offset">Where it starts in the region, in bytes.</param>
/// <param name="Size">How long it is, in bytes.</param>
internal sealed record MemoryRange(MemoryRegion Region, long Offset, long Size)
{
    /// <summary>A tensor with a copy of the bytes; the caller disposes it.</summary>
    /// <exception cref="ModelException">GP5040: the bytes do not fit the shape and the type.</exception>
    public OrtValue Read(string where, ElementType element, long[] shape)
    {
        var bytes = new byte[checked((int)Size)];
        Region.Read(Offset, bytes);
        return BinaryTensors.Read(where, element, shape, bytes);
    }

    /// <summary>Writes a tensor.</summary>
    /// <exception cref="ModelException">GP5040: it is longer than this range.</exception>
    public void Write(string where, OrtValue value)
    {
        ReadOnlyMemory<byte> bytes = BinaryTensors.ToArray(value);
        if (bytes.Length > Size) throw ServingCodes.BadRequest.Error(where, $"it has {bytes.Length} bytes, and its shared memory {Size}");
        Region.Write(Offset, bytes.Span);
    }
}
