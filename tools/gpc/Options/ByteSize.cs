using System.Globalization;

namespace GraphPartition.Gpc.Options;

/// <summary>Sizes as people write them: 512M and 512MiB are powers of 1024, 10MB is a power of 1000, 1048576 is bytes.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    public static long? Parse(string? text)
    {
        if (text is null) return null;
        string upper = text.ToUpperInvariant();
        bool isBinary = upper.EndsWith("IB", StringComparison.Ordinal), isDecimal = !isBinary && upper.EndsWith('B');
        string number = isBinary ? upper[..^2] : isDecimal ? upper[..^1] : upper;
        int power = number.Length == 0 ? 0 : Units.IndexOf(number[^1], StringComparison.Ordinal) + 1;
        long unit = 1;
        for (int i = 0; i < power; i++) unit *= isDecimal ? 1000 : 1024;
        return long.TryParse(power == 0 ? number : number[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count <= long.MaxValue / unit && (power > 0 || !isBinary)
            ? count * unit
            : throw GpcCodes.BadOption.Error(text, "this is not a size: write a number of bytes, or a number with K, M, G, T, or KB, MB, GB, TB");
    }
}
