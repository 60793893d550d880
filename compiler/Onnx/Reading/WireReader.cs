using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace GraphPartition.Onnx.Reading;

/// <summary>The bytes break the rules of protobuf's wire format.</summary>
internal sealed class WireException(string message) : Exception(message);

/// <summary>
/// Walks the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding/) without copying: bytes and
/// sub-messages are slices of the memory given. Throws <see cref="WireException"/> on every violation, never anything else.
/// </summary>
/// <summary>At the start of the fields of <paramref name="message"/>.</summary>
internal ref struct WireReader(ReadOnlyMemory<byte> message)
{
    private const int VarintType = 0, Fixed64Type = 1, BytesType = 2, Fixed32Type = 5;

    private readonly ReadOnlyMemory<byte> _memory = message;
    private readonly ReadOnlySpan<byte> _bytes = message.Span;
    private int _at;
    private int _start; // of the field
    private int _type;

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>How many bytes of the message were read.</summary>
    public readonly int Position => _at;

    /// <summary>Moves to the next field; its value must then be read or skipped.</summary>
    public bool Next()
    {
        if (_at >= _bytes.Length) return false;
        _start = _at;
        ulong tag = RawVarint();
        Field = (int)(tag >> 3 & 0x1FFFFFFF);
        _type = (int)(tag & 7);
        if (Field == 0 || tag > uint.MaxValue) throw new WireException($"a field has the impossible number {tag >> 3}");
        return true;
    }

    /// <summary>Passes over the field's value.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case VarintType: RawVarint(); break;
            case Fixed64Type: Advance(8); break;
            case BytesType: Length(); break;
            case Fixed32Type: Advance(4); break;
            default: throw new WireException($"field {Field} has the unknown wire type {_type}");
        }
    }

    /// <summary>Passes over the field's value and gives the whole field, its number and type too.</summary>
    public ReadOnlyMemory<byte> Whole()
    {
        Skip();
        return _memory[_start.._at];
    }

    /// <summary>An integer, an enum number or a bool.</summary>
    public long Int64()
    {
        Expect(VarintType);
        return (long)RawVarint();
    }

    /// <summary>An integer of 32 bits; protobuf keeps the low bits of a longer one.</summary>
    public int Int32() => (int)Int64();

    /// <summary>A float.</summary>
    public float Float()
    {
        Expect(Fixed32Type);
        return BinaryPrimitives.ReadSingleLittleEndian(_bytes[Advance(4)..]);
    }

    /// <summary>Bytes or a sub-message, as a slice.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(BytesType);
        int length = Length();
        return _memory.Slice(_at - length, length);
    }

    /// <summary>Bytes or a sub-message, to be used at once.</summary>
    public ReadOnlySpan<byte> Span()
    {
        Expect(BytesType);
        int length = Length();
        return _bytes.Slice(_at - length, length);
    }

    /// <summary>A string.</summary>
    public string Text() => TextOf(Span());

    /// <summary>Appends the values of a repeated integer field, packed or not.</summary>
    public void Int64s(List<long> to)
    {
        if (_type != BytesType)
        {
            to.Add(Int64());
            return;
        }
        var packed = new WireReader(Bytes());
        while (packed._at < packed._bytes.Length) to.Add((long)packed.RawVarint());
    }

    /// <summary>Appends the values of a repeated float field, packed or not.</summary>
    public void Floats(List<float> to)
    {
        if (_type != BytesType)
        {
            to.Add(Float());
            return;
        }
        foreach (float f in Packed<float>(Span())) to.Add(f);
    }

    /// <summary>Whether the field's value is length-delimited: for a repeated number that it is packed.</summary>
    public readonly bool IsBytes => _type == BytesType;

    /// <summary>
    /// The value of a repeated fixed-size number, packed or alone, as its bytes in the file, which are its little-endian bytes.
    /// </summary>
    public ReadOnlyMemory<byte> FixedBytes(int size)
    {
        if (_type == BytesType)
        {
            ReadOnlyMemory<byte> packed = Bytes();
            return packed.Length % size == 0 ? packed : throw Truncated();
        }
        Expect(size == 4 ? Fixed32Type : Fixed64Type);
        return _memory.Slice(Advance(size), size);
    }

    /// <summary>How many varints <paramref name="bytes"/> hold.</summary>
    public static int CountVarints(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        foreach (byte b in bytes) count += b < 0x80 ? 1 : 0;
        return count;
    }

    /// <summary>The next number of a packed field of varints, which the reader was made over.</summary>
    public ulong RawVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_at >= _bytes.Length) throw Truncated();
            byte b = _bytes[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
        throw new WireException("a number is longer than ten bytes");
    }

    /// <summary>
    /// Text as UTF-8. Bytes that are not UTF-8 are read one character each (Latin-1), so that different names stay different.
    /// </summary>
    public static string TextOf(ReadOnlySpan<byte> utf8) => // ASCII is both, and Latin-1 needs no count of characters first
        (Ascii.IsValid(utf8) || !System.Text.Unicode.Utf8.IsValid(utf8) ? Encoding.Latin1 : Encoding.UTF8).GetString(utf8);

    private static ReadOnlySpan<T> Packed<T>(ReadOnlySpan<byte> bytes) where T : unmanaged =>
        bytes.Length % Unsafe.SizeOf<T>() == 0 ? MemoryMarshal.Cast<byte, T>(bytes) : throw Truncated();

    private readonly void Expect(int type)
    {
        if (_type != type) throw new WireException($"field {Field} has the wire type {_type}, expected {type}");
    }

    /// <summary>Reads a length and passes over that many bytes.</summary>
    private int Length()
    {
        ulong length = RawVarint();
        if (length > (ulong)(_bytes.Length - _at)) throw Truncated();
        _at += (int)length;
        return (int)length;
    }

    /// <summary>Passes over <paramref name="count"/> bytes; the result is where they start.</summary>
    private int Advance(int count)
    {
        if (count > _bytes.Length - _at) throw Truncated();
        _at += count;
        return _at - count;
    }

    private static WireException Truncated() => new("the bytes end in the middle of a field");
}
