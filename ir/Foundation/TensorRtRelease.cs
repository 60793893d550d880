using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace GraphPartition.Foundation;

/// <summary>A release of TensorRT or of TensorRT-RTX. The two products number their releases independently.</summary>
/// <param name="Major">The major number. An engine never loads in another major release.</param>
/// <param name="Minor">The minor number.</param>
/// <param name="Patch">The patch number; null means the minor release as a whole.</param>
/// <param name="IsRtx">Whether the product is TensorRT-RTX.</param>
[JsonConverter(typeof(TextConverter))]
public readonly partial record struct TensorRtRelease(int Major, int Minor, int? Patch = null, bool IsRtx = false)
{
    /// <summary>The minor release that this one belongs to.</summary>
    public TensorRtRelease WithoutPatch => this with { Patch = null };

    /// <summary>The numbers alone, for instance <c>10.16</c> or <c>10.16.0</c>.</summary>
    public string Numbers => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}{(Patch is { } patch ? $".{patch}" : "")}");

    /// <summary>The name in lists of releases: <c>10.16</c>, <c>rtx-1.4</c>.</summary>
    public string ShortName => IsRtx ? Id : Numbers;

    /// <summary>The name on the command line, for instance <c>tensorrt-10.16</c> or <c>rtx-1.4</c>.</summary>
    public string Id => (IsRtx ? "rtx-" : "tensorrt-") + Numbers;

    /// <summary>
    /// Decodes NV_TENSORRT_VERSION (NvInferVersion.h), which getInferLibVersion() returns: major*1000 + minor*100 + patch before
    /// release 10, major*10000 + minor*100 + patch since then. TensorRT-RTX 1.x uses the second form, so its numbers lie between
    /// 10,000 and 99,999, which TensorRT never uses.
    /// </summary>
    public static TensorRtRelease FromNumber(int number) => number switch
    {
        < 10_000 => new(number / 1000, number / 100 % 10, number % 100),
        < 100_000 => new(number / 10_000, number / 100 % 100, number % 100, IsRtx: true),
        _ => new(number / 10_000, number / 100 % 100, number % 100),
    };

    /// <summary>
    /// Reads <c>10.16</c>, <c>tensorrt-10.16</c>, <c>TensorRT 10.16.0</c>, <c>rtx-1.4</c> or <c>TensorRT-RTX 1.4.0</c>, in upper or
    /// lower case. A fourth number (the build) is ignored.
    /// </summary>
    public static bool TryParse(string? text, out TensorRtRelease release)
    {
        Match match = Pattern().Match(text ?? "");
        int? patch = match.Groups["patch"].Success ? Number("patch") : null;
        release = match.Success ? new(Number("major"), Number("minor"), patch, match.Groups["rtx"].Success) : default;
        return match.Success;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether this release is <paramref name="other"/> or a newer one of the same product.</summary>
    public bool IsAtLeast(TensorRtRelease other) =>
        IsRtx == other.IsRtx && (Major, Minor, Patch ?? 0).CompareTo((other.Major, other.Minor, other.Patch ?? 0)) >= 0;

    /// <summary>The product and the numbers, for instance <c>TensorRT 10.16.0</c> or <c>TensorRT-RTX 1.4</c>.</summary>
    public override string ToString() => $"{(IsRtx ? "TensorRT-RTX" : "TensorRT")} {Numbers}";

    [GeneratedRegex("^(?:(?<rtx>(?:tensorrt-)?rtx[- ])|tensorrt[- ])?"
        + @"(?<major>[0-9]{1,4})\.(?<minor>[0-9]{1,4})(?:\.(?<patch>[0-9]{1,4})(?:\.[0-9]+)?)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    /// <summary>In JSON a release is the text of <see cref="ToString"/>.</summary>
    public sealed class TextConverter : JsonConverter<TensorRtRelease>
    {
        /// <inheritdoc/>
        public override TensorRtRelease Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out TensorRtRelease release)
                ? release : throw new JsonException("this is not a release of TensorRT");

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, TensorRtRelease value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
