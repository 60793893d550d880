using System.Diagnostics.CodeAnalysis;

namespace GraphPartition.Operators.TensorRt;

/// <summary>A release of TensorRT to plan for, and which lossy conversions the user allows on the way into it.</summary>
/// <param name="Release">The release, one of <see cref="Releases"/>.</param>
public sealed record TensorRtTarget(TensorRtRelease Release)
{
    /// <summary>TensorRT's tensors have at most this many dimensions (Dims::MAX_DIMS).</summary>
    public const int MostDimensions = 8;

    /// <summary>
    /// Whether tensors of doubles may be computed as floats, as the parser would do: values beyond the range of a float are
    /// clamped, and digits are lost.
    /// </summary>
    public bool AllowsDoubleAsFloat { get; init; }

    /// <summary>
    /// Whether a release without 64-bit integers may compute them in 32 bits, clamped. Shape arithmetic needs no permission.
    /// </summary>
    public bool AllowsInt64AsInt32 { get; init; }

    /// <summary>What plans are for by default: the newest release of the 10.x line in the table.</summary>
    public static TensorRtTarget Default { get; } = new(new TensorRtRelease(10, 16));

    /// <summary>
    /// Every release in the table, without patch numbers: TensorRT, then TensorRT-RTX, each from the oldest to the newest.
    /// </summary>
    public static IReadOnlyList<TensorRtRelease> Releases { get; } = [.. KnownRelease.All.Select(k => k.Release)];

    /// <summary>Reads a release that is in the table; see <see cref="TensorRtRelease.TryParse"/>. A patch number is ignored.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TensorRtTarget? target)
    {
        bool isKnown = TensorRtRelease.TryParse(text, out TensorRtRelease release) && KnownRelease.Find(release) is not null;
        target = isKnown ? new(release.WithoutPatch) : null;
        return isKnown;
    }

    /// <summary>The target for an installed release (<see cref="KnownRelease.Nearest"/>).</summary>
    /// <returns>The target; null if the table has no release of the same product with that major number.</returns>
    public static TensorRtTarget? For(TensorRtRelease installed) =>
        KnownRelease.Nearest(installed) is { } known ? new(known.Release) : null;

    /// <summary>Whether two releases take the same of every operator.</summary>
    public static bool TakeTheSame(TensorRtRelease first, TensorRtRelease second) =>
        TensorRtFacts.Default.Of(first).TakesTheSame(TensorRtFacts.Default.Of(second));

    /// <summary>The newest opset that the ONNX parser of a release is made for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No release of the same product with that major number is known.</exception>
    public static int NewestOpset(TensorRtRelease release) => KnownRelease.Nearest(release)?.NewestOpset
        ?? throw new ArgumentOutOfRangeException(nameof(release), release, "no parser of this release is known");

    /// <summary>Whether the release has tensors of that element type at all.</summary>
    public bool HasTensorsOf(ElementType element) => TensorRtFacts.Default.Of(Release).Elements.Allows(element);

    /// <summary>For instance <c>TensorRT 10.16</c>.</summary>
    public override string ToString() => Release.ToString();
}
