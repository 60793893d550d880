using System.Collections.Immutable;

namespace GraphPartition.Foundation;

/// <summary>
/// A release of TensorRT or TensorRT-RTX that this tool knows. <see cref="All"/> is the only list of releases: targets, the columns of the
/// operator table, the opsets of parsers and the versions that the binding knows all come from it.
/// </summary>
/// <param name="Release">The release, without a patch number.</param>
/// <param name="OldestOpset">The oldest ONNX opset that its parser is made for.</param>
/// <param name="NewestOpset">The newest ONNX opset that its parser is made for. The parser ignores what came later.</param>
/// <param name="Elements">The element types that its tensors may have at all.</param>
public sealed record KnownRelease(TensorRtRelease Release, int OldestOpset, int NewestOpset, ImmutableArray<ElementType> Elements)
{
    private static readonly ImmutableArray<ElementType> Trt8 =
        [ElementType.Float32, ElementType.Float16, ElementType.Int32, ElementType.Int8, ElementType.UInt8, ElementType.Bool];

    private static readonly ImmutableArray<ElementType> Trt100 =
        [.. Trt8, ElementType.BFloat16, ElementType.Float8E4M3FN, ElementType.Int64, ElementType.Int4];

    private static readonly ImmutableArray<ElementType> Trt108 = [.. Trt100, ElementType.Float4E2M1];

    /// <summary>
    /// The TensorRT release whose parser the release of TensorRT-RTX has: the operator table of that release holds for it, except where it
    /// has rows of its own. Null for TensorRT itself.
    /// </summary>
    public TensorRtRelease? SameParserAs { get; init; }

    /// <summary>
    /// Whether int8 is an ordinary element type of tensors; else it exists only between quantization and dequantization.
    /// </summary>
    public bool HasInt8Data { get; init; }

    /// <summary>Whether NVIDIA's headers of the release were read. Only then the binding's tables hold for it.</summary>
    public bool HasHeaders { get; init; } = true;

    /// <summary>All releases: TensorRT, then TensorRT-RTX, each from the oldest to the newest.</summary>
    /// <remarks>
    /// Opsets and types: the operator document of each release (onnx-tensorrt, docs/operators.md), release notes from 11.2 on. 10.11 to
    /// 10.15 have no document of their own. TensorRT-RTX: the newest opset of the TensorRT release with the same parser; models of opsets
    /// up to 28 were tried with 1.4 to 1.7, and their parsers check no upper limit.
    /// </remarks>
    public static ImmutableArray<KnownRelease> All { get; } =
    [
        .. Minors(8, 5, 6, 7, 17, Trt8),
        .. Minors(10, 0, 5, 9, 20, Trt100),
        .. Minors(10, 6, 7, 9, 22, Trt100),
        .. Minors(10, 8, 15, 9, 22, Trt108),
        .. Minors(10, 16, 16, 9, 24, Trt108),
        .. Minors(11, 1, 1, 9, 24, Trt108),
        .. Minors(11, 2, 4, 9, 24, Trt108, hasHeaders: false),
        .. Minors(11, 5, 5, 9, 25, Trt108, hasHeaders: false),
        Rtx(4, new(10, 16)), Rtx(5, new(11, 1)), Rtx(6, new(11, 2)), Rtx(7, new(11, 5)) with { HasHeaders = false },
    ];

    /// <summary>
    /// What is known of an installed release: the newest release with its major number that is not newer; before the first one with its
    /// major number, that one.
    /// </summary>
    /// <returns>The release; null if none with its major number is known.</returns>
    public static KnownRelease? Nearest(TensorRtRelease installed)
    {
        KnownRelease? nearest = null;
        foreach (KnownRelease known in All)
            if (known.Release.IsRtx == installed.IsRtx && known.Release.Major == installed.Major
                && (nearest is null || installed.IsAtLeast(known.Release))) nearest = known;
        return nearest;
    }

    /// <summary>The release with this number, patch numbers aside.</summary>
    /// <returns>The release, or null if it is not known.</returns>
    public static KnownRelease? Find(TensorRtRelease release) => All.FirstOrDefault(k => k.Release == release.WithoutPatch);

    private static IEnumerable<KnownRelease> Minors(
        int major, int first, int last, int oldestOpset, int newestOpset, ImmutableArray<ElementType> elements, bool hasHeaders = true)
    {
        for (int minor = first; minor <= last; minor++)
            yield return new(new(major, minor), oldestOpset, newestOpset, elements) { HasHeaders = hasHeaders };
    }

    private static KnownRelease Rtx(int minor, TensorRtRelease parser) =>
        new(new(1, minor, IsRtx: true), 9, parser.IsAtLeast(new(11, 5)) ? 25 : 24, Trt108)
        { SameParserAs = parser, HasInt8Data = minor >= 5 };
}
