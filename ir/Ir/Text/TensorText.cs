using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Text;

/// <summary>The elements of a tensor as text: <c>{1, 2}</c>, <c>x"00ff"</c> for types without a decimal form.</summary>
internal static class TensorText
{
    /// <summary>Elements or digest.</summary>
    public static string Content(TensorData data, PrintOptions options)
    {
        if (data.ElementCount > options.FullElements || data.Element == ElementType.String && data.ByteCount > options.FullBytes)
            return "#" + Convert.ToHexStringLower(data.Digest[..Math.Min(data.Digest.Length, TextForm.DigestBytes)]);
        return data.Element switch
        {
            ElementType.String => List(((StringTensor)data).Values.Select(v => TextForm.Bytes(v.Span))),
            ElementType.Float32 => List<float>(data, v => TextForm.Number(v)),
            ElementType.Float64 => List<double>(data, v => TextForm.Number(v)),
            ElementType.Float16 => List<Half>(data, Half16),
            ElementType.Int64 => List<long>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.Int32 => List<int>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.Int16 => List<short>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.Int8 => List<sbyte>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.UInt64 => List<ulong>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.UInt32 => List<uint>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.UInt16 => List<ushort>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.UInt8 => List<byte>(data, v => v.ToString(CultureInfo.InvariantCulture)),
            ElementType.Bool when data.Bytes.Span.IndexOfAnyExceptInRange((byte)0, (byte)1) < 0 =>
                List<byte>(data, v => v == 0 ? "false" : "true"),
            _ => $"x\"{Convert.ToHexStringLower(data.Bytes.Span)}\"",
        };
    }

    /// <summary>Half precision prints as the float of the same value; only NaN needs its own bits.</summary>
    private static string Half16(Half value) => Half.IsNaN(value)
        ? string.Create(CultureInfo.InvariantCulture, $"nan({BitConverter.HalfToUInt16Bits(value):x4})")
        : TextForm.Number((float)value);

    private static string List<T>(TensorData data, Func<T, string> text) where T : unmanaged
    {
        var to = new StringBuilder("{");
        foreach (T value in MemoryMarshal.Cast<byte, T>(data.Bytes.Span)) to.Append(to.Length > 1 ? ", " : "").Append(text(value));
        return to.Append('}').ToString();
    }

    private static string List(IEnumerable<string> texts) => "{" + string.Join(", ", texts) + "}";
}
