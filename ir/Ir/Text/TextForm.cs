using System.Globalization;
using System.Text;
using System.Text.Unicode;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Text;

/// <summary>The words of the text form: names, strings and numbers.</summary>
internal static class TextForm
{
    /// <summary>Digits of a digest that are printed: enough to tell tensors apart, few enough to read.</summary>
    public const int DigestBytes = 8;

    /// <summary>Kinds of attributes by their ONNX number, as a reference names them.</summary>
    public static readonly string[] Kinds =
    [
        "undefined", "float", "int", "string", "tensor", "graph", "floats", "ints", "strings", "tensors", "graphs",
        "sparse_tensor", "sparse_tensors", "type", "types",
    ];

    /// <summary>Whether a name with this character needs no quotes.</summary>
    public static bool IsBare(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '/' or '.' or '-' or '+' or '$';

    /// <summary>A name, in quotes where it needs them.</summary>
    public static string Name(string name)
    {
        bool bare = name.Length > 0 && name != "_" && !name.StartsWith("//", StringComparison.Ordinal);
        foreach (char c in name) bare &= IsBare(c);
        return bare ? name : Quoted(name);
    }

    /// <summary>An operator: its parts as names, with <c>::</c> behind the domain and <c>:</c> before the overload.</summary>
    public static string Op(OpName op) =>
        (op.Domain.Length == 0 ? "" : Name(op.Domain) + "::") + Name(op.Type) + (op.Overload.Length == 0 ? "" : ":" + Name(op.Overload));

    /// <summary>A text in quotes, on one line.</summary>
    public static string Quoted(string text)
    {
        var to = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => to.Append("\\\""),
                '\\' => to.Append("\\\\"),
                '\n' => to.Append("\\n"),
                '\t' => to.Append("\\t"),
                < ' ' or '\x7f' or '\x85' or '\u2028' or '\u2029' => to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ when char.IsSurrogate(c) => to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => to.Append(c),
            };
        return to.Append('"').ToString();
    }

    /// <summary>Bytes: as quoted text where they are UTF-8, else in hexadecimal.</summary>
    public static string Bytes(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Quoted(Encoding.UTF8.GetString(bytes)) : $"x\"{Convert.ToHexStringLower(bytes)}\"";

    /// <summary>A float in the fewest digits that read back as the same bits.</summary>
    public static string Number(float value) => float.IsNaN(value)
        ? string.Create(CultureInfo.InvariantCulture, $"nan({BitConverter.SingleToUInt32Bits(value):x8})")
        : Number(value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>A double in the fewest digits that read back as the same bits.</summary>
    public static string Number(double value) => double.IsNaN(value)
        ? string.Create(CultureInfo.InvariantCulture, $"nan({BitConverter.DoubleToUInt64Bits(value):x16})")
        : Number(value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>A point or an exponent tells a float from an integer.</summary>
    private static string Number(string text) => text switch
    {
        "Infinity" => "inf",
        "-Infinity" => "-inf",
        _ => text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0",
    };
}
