using System.Globalization;

namespace GraphPartition.Gpc.Options;

/// <summary>Sizes as people write them: 512M, 2G, 1048576.</summary>
internal static class ByteSize
{
    public static long? Parse(string? text)
    {
        if (text is null) return null;
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        return long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue >> shift
            ? number << shift
            : throw GpcCodes.BadOption.Error(text, "this is not a size: write a number of bytes, or a number with K, M, G or T");
    }
}
