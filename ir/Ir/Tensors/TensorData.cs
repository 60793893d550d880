using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GraphPartition.Ir.Tensors;

/// <summary>
/// The elements of a constant tensor: a view over an array, protobuf memory or mapped file memory; never a copy.
/// Elements are little-endian, row-major, sub-byte types packed (<see cref="ElementTypes.ByteCount"/>).
/// </summary>
public abstract class TensorData
{
    private byte[]? _digest;

    private protected TensorData(ElementType element, ImmutableArray<long> dims)
    {
        Element = element;
        Dims = dims.IsDefault ? [] : dims;
        ElementCount = CountOf(Dims);
    }

    /// <summary>The element type.</summary>
    public ElementType Element { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Dims { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>The number of bytes of all elements; for strings the sum of their lengths.</summary>
    public virtual long ByteCount => Element.ByteCount(ElementCount);

    /// <summary>The elements' bytes. Throws where they exceed 2 GiB (<see cref="CopyTo"/> takes any length) or are strings.</summary>
    public abstract ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Writes the elements' bytes to a stream, in order. Takes tensors of any length.</summary>
    public virtual void CopyTo(Stream stream) => stream.Write(Bytes.Span);

    /// <summary>The type of a value that holds this tensor.</summary>
    public TensorType Type => new(Element, Shape.Of(Dims.AsSpan()));

    /// <summary>
    /// SHA-256 of element type, dimensions and elements; computed once. Equal digests, equal tensors. Reads all elements.
    /// </summary>
    public virtual ReadOnlySpan<byte> Digest => _digest ??= ComputeDigest();

    /// <summary>The elements as numbers of type <typeparamref name="T"/>, whose size must be that of an element.</summary>
    public ReadOnlySpan<T> As<T>() where T : unmanaged
    {
        if (Marshal.SizeOf<T>() * 8 != Element.Bits() && !(typeof(T) == typeof(bool) && Element == ElementType.Bool))
            throw new InvalidOperationException($"a tensor of {Element} cannot be read as {typeof(T).Name}");
        return MemoryMarshal.Cast<byte, T>(Bytes.Span);
    }

    /// <summary>
    /// The elements as 64-bit integers, or null where they are not signed integers, unsigned integers of at most 32 bits,
    /// or bool, or are more than <paramref name="atMost"/>.
    /// </summary>
    public long[]? ToIntegers(long atMost = 1024)
    {
        if (ElementCount > atMost) return null;
        switch (Element)
        {
            case ElementType.Int64: return As<long>().ToArray();
            case ElementType.Int32: return Widen<int>(v => v);
            case ElementType.UInt32: return Widen<uint>(v => v);
            case ElementType.Int16: return Widen<short>(v => v);
            case ElementType.UInt16: return Widen<ushort>(v => v);
            case ElementType.Int8: return Widen<sbyte>(v => v);
            case ElementType.UInt8 or ElementType.Bool: return Widen<byte>(v => v);
            default: return null;
        }
    }

    /// <summary>The number of elements of a tensor of these dimensions. Throws <see cref="OverflowException"/> past 63 bits.</summary>
    public static long CountOf(ImmutableArray<long> dims)
    {
        if (dims.Contains(0)) return 0;
        long count = 1;
        foreach (long d in dims) count = checked(count * d);
        return count;
    }

    /// <summary>A tensor that owns nothing: a view of <paramref name="values"/>.</summary>
    public static TensorData Of<T>(ElementType element, ReadOnlySpan<T> values, params ReadOnlySpan<long> dims)
        where T : unmanaged => new MemoryTensor(element, [.. dims], MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A tensor of 64-bit integers of rank 1.</summary>
    public static TensorData Int64s(params ReadOnlySpan<long> values) => Of(ElementType.Int64, values, values.Length);

    /// <summary>A tensor of floats with the given dimensions (rank 1 where none are given).</summary>
    public static TensorData Floats(ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) =>
        dims.IsEmpty && values.Length != 1 ? Of(ElementType.Float32, values, values.Length) : Of(ElementType.Float32, values, dims);

    /// <summary>A scalar of the given element type.</summary>
    public static TensorData Scalar<T>(ElementType element, T value) where T : unmanaged => Of<T>(element, [value]);

    private byte[] ComputeDigest()
    {
        using var sha = SHA256.Create();
        using var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write);
        stream.Write(Encoding.UTF8.GetBytes($"{Element.Keyword()}[{string.Join(",", Dims)}]\n"));
        if (this is StringTensor strings)
            foreach (ReadOnlyMemory<byte> s in strings.Values)
            {
                stream.Write(BitConverter.GetBytes(s.Length));
                stream.Write(s.Span);
            }
        else CopyTo(stream);
        stream.FlushFinalBlock();
        return sha.Hash!;
    }

    private long[] Widen<T>(Func<T, long> widen) where T : unmanaged
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(Bytes.Span);
        var to = new long[from.Length];
        for (int i = 0; i < to.Length; i++) to[i] = widen(from[i]);
        return to;
    }
}

/// <summary>A tensor in managed memory (an owned array, or memory that a parsed file owns).</summary>
public sealed class MemoryTensor : TensorData
{
    /// <summary>A view of <paramref name="bytes"/>, whose length must fit the type and the dimensions.</summary>
    public MemoryTensor(ElementType element, ImmutableArray<long> dims, ReadOnlyMemory<byte> bytes) : base(element, dims)
    {
        if (bytes.Length != ByteCount)
            throw new ArgumentException($"{bytes.Length} bytes given, {ByteCount} needed for {Type}", nameof(bytes));
        Bytes = bytes;
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Bytes { get; }
}

/// <summary>A tensor of strings.</summary>
public sealed class StringTensor : TensorData
{
    /// <summary>A tensor of <paramref name="values"/>, as many as the dimensions give.</summary>
    public StringTensor(ImmutableArray<long> dims, ImmutableArray<ReadOnlyMemory<byte>> values) : base(ElementType.String, dims)
    {
        if (values.Length != ElementCount)
            throw new ArgumentException($"{values.Length} strings given, {ElementCount} needed", nameof(values));
        Values = values;
    }

    /// <summary>The strings, by convention UTF-8.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Values { get; }

    /// <inheritdoc/>
    public override long ByteCount => Values.Sum(v => (long)v.Length);

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Bytes => throw new InvalidOperationException("strings have no byte form");
}

/// <summary>A sparse tensor in coordinate form: <c>dense[Indices[i]] = Values[i]</c>, 0 elsewhere.</summary>
/// <param name="Values">The values that are not 0, rank 1 of length NNZ.</param>
/// <param name="Indices">Their positions: int64, [NNZ] (linear) or [NNZ, rank].</param>
/// <param name="Dims">The dimensions of the dense tensor.</param>
public sealed record SparseTensorData(TensorData Values, TensorData Indices, ImmutableArray<long> Dims)
{
    /// <summary>The same tensor with all its elements.</summary>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    /// <returns>Null where it has more, where it has no whole bytes for each element, or where an index is outside of it.</returns>
    public TensorData? ToDense(long mostBytes)
    {
        int width = Values.Element.Bits() / 8;
        if (width == 0 || Values.Element.Bits() % 8 != 0) return null;
        long count = 1;
        foreach (long dim in Dims)
            if (dim > 0 && count > mostBytes / dim) return null;
            else count *= dim;
        if (count > mostBytes / width) return null;
        var dense = new byte[count * width];
        ReadOnlySpan<long> indices = Indices.As<long>();
        ReadOnlySpan<byte> values = Values.Bytes.Span;
        int axes = Indices.Dims.Length == 2 ? Dims.Length : 0; // else an index counts elements in row-major order
        for (int i = 0; i < Values.ElementCount; i++)
        {
            long at = axes == 0 ? indices[i] : 0;
            for (int d = 0; d < axes; d++)
            {
                long index = indices[i * axes + d];
                if (index < 0 || index >= Dims[d]) return null;
                at = at * Dims[d] + index;
            }
            if (at < 0 || at >= count) return null;
            values.Slice(i * width, width).CopyTo(dense.AsSpan(checked((int)at) * width));
        }
        return new MemoryTensor(Values.Element, Dims, dense);
    }
}
