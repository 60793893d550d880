using GraphPartition.Onnx.Reading;

namespace GraphPartition.Onnx.Writing;

/// <summary>
/// Appends fields of protobuf's wire format to a stream. What <see cref="ModelSkeleton"/> needs and no more: the library would do,
/// but loading it takes longer than the start of a small model may.
/// </summary>
internal static class WireWriter
{
    private const int VarintType = 0, BytesType = 2;

    /// <summary>An integer.</summary>
    public static void Integer(Stream to, int field, ulong value)
    {
        Varint(to, (uint)field << 3 | VarintType);
        Varint(to, value);
    }

    /// <summary>Bytes, a string or a message.</summary>
    public static void Bytes(Stream to, int field, ReadOnlySpan<byte> bytes)
    {
        Varint(to, (uint)field << 3 | BytesType);
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Varint(Stream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
