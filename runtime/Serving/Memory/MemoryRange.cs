using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Memory;

/// <summary>A part of a region of shared memory.</summary>
/// <param name="Region">The region.</param>
/// <param name="Offset">Where it starts in the region, in bytes.</param>
/// <param name="Size">How long it is, in bytes.</param>
internal sealed record MemoryRange(MemoryRegion Region, long Offset, long Size)
{
    /// <summary>A tensor with a copy of the bytes, so that the client can change them at any time; the caller disposes it.</summary>
    /// <exception cref="ModelException">GP5040: the bytes do not fit the shape and the type, or are gone.</exception>
    public OrtValue Read(string where, ElementType element, long[] shape) =>
        BinaryTensors.Read(where, element, shape, checked((int)Size), this, static (to, range) => range.Region.Read(range.Offset, to));

    /// <summary>Writes a tensor.</summary>
    /// <exception cref="ModelException">GP5040: it is longer than this range, or the memory is gone.</exception>
    public void Write(string where, OrtValue value)
    {
        long size = BinaryTensors.SizeOf(value);
        if (size > Size) throw ServingCodes.BadRequest.Error(where, $"it has {size} bytes, and its shared memory {Size}");
        Region.Write(Offset, BinaryTensors.BytesOf(value));
    }
}
