using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Serving.Wire;

/// <summary>
/// Tensors as bytes: row-major, little-endian, without padding. A string is a 32-bit length and its bytes. So are tensors in the tail of an
/// HTTP body, in the raw contents of gRPC, and in shared memory.
/// </summary>
internal static class BinaryTensors
{
    /// <summary>A tensor of bytes; the caller disposes it.</summary>
    /// <exception cref="ModelException">GP5040: the bytes do not fit the shape and the type.</exception>
    public static OrtValue Read(string where, ElementType element, long[] shape, ReadOnlySpan<byte> bytes) =>
        Read(where, element, shape, bytes.Length, bytes, static (to, from) => from.CopyTo(to));

    /// <summary>A tensor of bytes from a source that is read once; what was read is checked. The caller disposes it.</summary>
    /// <param name="where">The name of the tensor, for messages.</param>
    /// <param name="element">The type of its elements.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="size">The number of bytes.</param>
    /// <param name="source">Where they are.</param>
    /// <param name="copy">Copies all of them from the source.</param>
    /// <exception cref="ModelException">GP5040: the bytes do not fit the shape and the type.</exception>
    public static OrtValue Read<TSource>(
        string where, ElementType element, long[] shape, int size, TSource source, SpanAction<byte, TSource> copy)
        where TSource : allows ref struct
    {
        long count = CountOf(where, element, shape, size);
        if (element == ElementType.String)
        {
            var texts = new byte[size];
            copy(texts, source);
            return ReadStrings(where, shape, count, texts);
        }
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)element, shape);
        if (count == 0) return value;
        try
        {
            Span<byte> bytes = value.GetTensorMutableRawData();
            copy(bytes, source);
            CheckBooleans(where, element, bytes);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A tensor that uses the bytes in the body of the request. Dispose it before the body. The bytes are copied only if they are strings,
    /// or if their address is not a multiple of the size of an element.
    /// </summary>
    /// <exception cref="ModelException">GP5040: the bytes do not fit the shape and the type.</exception>
    public static OrtValue ReadInPlace(string where, ElementType element, long[] shape, Body body, int start, int size)
    {
        ReadOnlySpan<byte> bytes = body.Bytes.Span.Slice(start, size);
        if (element == ElementType.String || size == 0 || body.AddressOf(start) % Math.Max(1, element.Bits() / 8) != 0)
            return Read(where, element, shape, bytes);
        CountOf(where, element, shape, size);
        CheckBooleans(where, element, bytes);
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, (TensorElementType)element, shape, body.AddressOf(start), size);
    }

    /// <summary>The number of bytes that <see cref="Write"/> writes.</summary>
    public static long SizeOf(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (!info.IsString) return ((ElementType)info.ElementDataType).ByteCount(info.ElementCount);
        long size = 0;
        for (int i = 0; i < info.ElementCount; i++) size += sizeof(uint) + value.GetStringElementAsSpan(i).Length;
        return size;
    }

    /// <summary>Writes a tensor.</summary>
    public static void Write(OrtValue value, IBufferWriter<byte> to)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (!info.IsString)
        {
            to.Write(BytesOf(value));
            return;
        }
        for (int i = 0; i < info.ElementCount; i++)
        {
            ReadOnlySpan<byte> text = value.GetStringElementAsSpan(i);
            BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), text.Length);
            to.Advance(sizeof(int));
            to.Write(text);
        }
    }

    /// <summary>The bytes of a tensor: those in its memory, unless they are strings.</summary>
    public static ReadOnlySpan<byte> BytesOf(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.IsString ? ToArray(value).Span : info.ElementCount == 0 ? [] : value.GetTensorMutableRawData();
    }

    /// <summary>A tensor as one array.</summary>
    public static ReadOnlyMemory<byte> ToArray(OrtValue value)
    {
        var buffer = new ArrayBufferWriter<byte>((int)Math.Max(1, SizeOf(value)));
        Write(value, buffer);
        return MemoryMarshal.TryGetArray(buffer.WrittenMemory, out ArraySegment<byte> whole) ? whole : buffer.WrittenMemory;
    }

    /// <summary>A tensor of strings; the caller disposes it.</summary>
    public static OrtValue OfStrings(long[] shape, IReadOnlyList<byte[]> texts)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < texts.Count; i++) value.StringTensorSetElementAt(texts[i].AsSpan(), i);
        return value;
    }

    private static long CountOf(string where, ElementType element, long[] shape, int size)
    {
        long count = WireShape.CountOf(shape, where);
        if (element != ElementType.String && (Int128)count * element.Bits() / 8 != size)
            throw ServingCodes.BadRequest.Error(where,
                $"{size} bytes were sent; {WireTypes.NameOf(element)}{WireShape.Text(shape)} has {(Int128)count * element.Bits() / 8}");
        return count;
    }

    private static void CheckBooleans(string where, ElementType element, ReadOnlySpan<byte> bytes)
    {
        if (element == ElementType.Bool && bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
            throw ServingCodes.BadRequest.Error(where, $"byte {at} is {bytes[at]}: a BOOL is 0 or 1");
    }

    private static OrtValue ReadStrings(string where, long[] shape, long count, ReadOnlySpan<byte> bytes)
    {
        List<byte[]> texts = [];
        while (!bytes.IsEmpty)
        {
            if (!BinaryPrimitives.TryReadUInt32LittleEndian(bytes, out uint length) || length > bytes.Length - sizeof(uint))
                throw ServingCodes.BadRequest.Error(where, $"element {texts.Count} is longer than the bytes that were sent");
            texts.Add(bytes.Slice(sizeof(uint), (int)length).ToArray());
            bytes = bytes[(sizeof(uint) + (int)length)..];
        }
        if (texts.Count != count)
            throw ServingCodes.BadRequest.Error(where, $"{texts.Count} elements were sent; BYTES{WireShape.Text(shape)} has {count}");
        return OfStrings(shape, texts);
    }
}
