using System.Globalization;
using System.Runtime.InteropServices;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestSupport;

/// <summary>Reads the elements of a tensor in the text form: <c>{1, 2}</c>, <c>x"00ff"</c>, or a digest.</summary>
internal static class TensorParser
{
    /// <summary>Reads elements, digest or bytes.</summary>
    public static TensorData Parse(TextLexer lexer, TensorType type)
    {
        if (type.Shape is not { IsStatic: true } shape) throw lexer.Fault("a tensor needs known dimensions");
        long[] dims = [.. shape.Dims.Select(d => d.Size)];
        long count;
        try
        {
            count = TensorData.CountOf([.. dims]);
            _ = type.Element.ByteCount(count);
        }
        catch (OverflowException)
        {
            throw lexer.Fault("the dimensions multiply to more than any memory");
        }
        if (lexer.TryDigest(out byte[] digest)) return new DigestTensor(type.Element, [.. dims], digest);
        if (lexer.TryHex(out byte[] bytes) && type.Element != ElementType.String)
            return bytes.Length == type.Element.ByteCount(count)
                ? new MemoryTensor(type.Element, [.. dims], bytes)
                : throw lexer.Fault($"{bytes.Length} bytes do not make {type}");

        lexer.Expect("{");
        var words = new List<string>();
        var texts = new List<ReadOnlyMemory<byte>>();
        for (bool more = !lexer.TryTake("}"); more; more = lexer.MoreUntil("}"))
            if (type.Element == ElementType.String) texts.Add(lexer.Bytes());
            else words.Add(lexer.Number());
        if (words.Count + texts.Count != count) throw lexer.Fault($"{words.Count + texts.Count} elements do not make {type}");
        if (type.Element == ElementType.String) return new StringTensor([.. dims], [.. texts]);
        try
        {
            return new MemoryTensor(type.Element, [.. dims], Encode(type.Element, words, lexer));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw lexer.Fault($"an element is not {type.Element.Keyword()}: {e.Message}");
        }
    }

    private static byte[] Encode(ElementType element, List<string> words, TextLexer lexer) => element switch
    {
        ElementType.Float32 => Pack(words, TextLexer.Single),
        ElementType.Float64 => Pack(words, TextLexer.Double),
        ElementType.Float16 => Pack(words, ParseHalf),
        ElementType.Int64 => Pack(words, w => long.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.Int32 => Pack(words, w => int.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.Int16 => Pack(words, w => short.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.Int8 => Pack(words, w => sbyte.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.UInt64 => Pack(words, w => ulong.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.UInt32 => Pack(words, w => uint.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.UInt16 => Pack(words, w => ushort.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.UInt8 => Pack(words, w => byte.Parse(w, CultureInfo.InvariantCulture)),
        ElementType.Bool => Pack(words, w => w switch { "true" => (byte)1, "false" => (byte)0, _ => throw new FormatException(w) }),
        _ => words.Count == 0 ? [] : throw lexer.Fault($"elements of type {element.Keyword()} are written as bytes: x\"...\""),
    };

    private static byte[] Pack<T>(List<string> words, Func<string, T> parse) where T : unmanaged
    {
        var values = new T[words.Count];
        for (int i = 0; i < values.Length; i++) values[i] = parse(words[i]);
        return MemoryMarshal.AsBytes(values).ToArray();
    }

    private static Half ParseHalf(string word) => word.StartsWith("nan(", StringComparison.Ordinal)
        ? BitConverter.UInt16BitsToHalf(ushort.Parse(word.AsSpan(4, word.Length - 5), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        : (Half)TextLexer.Single(word);
}
