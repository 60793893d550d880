using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GraphPartition.Foundation;

namespace GraphPartition.Operators.TensorRt;

/// <summary>A release of TensorRT to plan for, and which lossy conversions the user allows on the way into it.</summary>
/// <param name="Major">For instance 10.</param>
/// <param name="Minor">For instance 16.</param>
public sealed record TensorRtTarget(int Major, int Minor)
{
    /// <summary>
    /// Whether tensors of doubles may be computed as floats, as the parser would do: values beyond the range of a float are
    /// clamped, and digits are lost.
    /// </summary>
    public bool AllowsDoubleAsFloat { get; init; }

    /// <summary>Whether a release without 64-bit integers may compute them in 32 bits, clamped. Shape arithmetic needs no leave.</summary>
    public bool AllowsInt64AsInt32 { get; init; }

    /// <summary>The newest release that the table knows the 10.x line of: what plans are for unless the user says otherwise.</summary>
    public static TensorRtTarget Default { get; } = new(10, 16);

    /// <summary>Every release that the table knows, oldest first.</summary>
    public static IReadOnlyList<TensorRtTarget> Releases => TensorRtFacts.Default.Releases;

    /// <summary>Reads <c>tensorrt-10.16</c>; the prefix may be left out, and a third number is not looked at.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TensorRtTarget? target)
    {
        const string Prefix = "tensorrt-";
        string[] parts = (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : text).Split('.');
        target = null;
        if (parts.Length is not (2 or 3 or 4)) return false;
        foreach (string part in parts)
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)) return false;
        var wanted = new TensorRtTarget(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
        foreach (TensorRtTarget release in Releases)
            if (release == wanted) target = release;
        return target is not null;
    }

    /// <summary>Whether the release has tensors of that element type at all.</summary>
    public bool HasTensorsOf(ElementType element) => TensorRtFacts.Default.Types(this).Allows(element);

    /// <summary>Whether this release is <paramref name="other"/> or newer.</summary>
    public bool IsAtLeast(TensorRtTarget other) => Major != other.Major ? Major > other.Major : Minor >= other.Minor;

    /// <summary>For instance <c>TensorRT 10.16</c>.</summary>
    public override string ToString() => $"TensorRT {Major}.{Minor}";
}
