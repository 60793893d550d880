using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>What an open size of an input probably counts, by its place and name. It decides which numbers are tried first.</summary>
internal enum SizeKind
{
    /// <summary>Samples that are computed together.</summary>
    Batch,
    /// <summary>Tokens, frames, points: usually any number works.</summary>
    Length,
    /// <summary>Height or width of an image: nets halve it several times.</summary>
    Image,
    /// <summary>Channels: the number follows from the weights of the first layer.</summary>
    Channels,
}

/// <summary>An open size of the inputs: a name, which is one size wherever it occurs, or one dimension without a name.</summary>
/// <param name="Name">The name, or <c>input[axis]</c>.</param>
/// <param name="Kind">What it probably counts.</param>
internal sealed record FreeSize(string Name, SizeKind Kind)
{
    private static readonly string[] OfBatches = ["batch", "unk__", "none"];
    private static readonly string[] OfLengths =
        ["seq", "len", "node", "edge", "num", "time", "token", "point", "word", "frame", "sample", "step", "past", "char"];

    /// <summary>The number that is tried first.</summary>
    public long Usual => Kind switch { SizeKind.Batch => 1, SizeKind.Length => 16, SizeKind.Image => 64, _ => 3 };

    /// <summary>Numbers to try, the most usual first.</summary>
    public ReadOnlySpan<long> Candidates => Kind switch
    {
        SizeKind.Batch => [1, 2, 4, 3, 8],
        SizeKind.Channels => [3, 1, 4, 2, 8, 16],
        SizeKind.Image => [64, 32, 96, 128, 224, 256, 160, 192, 320, 416, 512, 640, 299, 227, 28, 48, 16, 8],
        _ => [16, 32, 64, 128, 256, 512, 576, 1024, 1536, 2048, 4096, 8192, 16_000, 32_000, 48_000, 1, 2, 3, 4, 8, 10, 24, 80, 100],
    };

    /// <summary>The kind of a dimension.</summary>
    /// <param name="type">The input's type.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="name">The dimension's name; null: none.</param>
    /// <param name="isCommon">Whether the inputs have the first dimension in common; if not, they count different things.</param>
    public static SizeKind KindOf(TensorType type, int axis, string? name, bool isCommon)
    {
        string lower = name?.ToLowerInvariant() ?? "";
        if (OfBatches.Any(lower.Contains) || lower is "n" or "b" or "bs") return SizeKind.Batch;
        if (OfLengths.Any(lower.Contains)) return SizeKind.Length;
        if (axis == 0) return isCommon ? SizeKind.Batch : SizeKind.Length;
        Shape shape = type.Shape!;
        // The state of a recurrent layer: [layers, batch, width].
        if (axis == 1 && shape.Rank == 3 && shape[0].IsKnown && shape[0].Size <= 4 && shape[2].IsKnown) return SizeKind.Batch;
        if (shape.Rank != 4 || type.Element is ElementType.Int64 or ElementType.Int32 or ElementType.Bool) return SizeKind.Length;
        bool channelsLast = shape[3].IsKnown && shape[3].Size is 1 or 3 or 4 && !(shape[1].IsKnown && shape[1].Size is 1 or 3 or 4);
        return channelsLast || axis >= 2 ? SizeKind.Image : SizeKind.Channels;
    }
}
