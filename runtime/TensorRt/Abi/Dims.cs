namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Dimensions as TensorRT 10 and later lay them out (nvinfer1::Dims64, NvInferRuntimeBase.h): int32 nbDims at 0, int64 d[8] at 8,
/// 72 bytes. Also the neutral form; <see cref="Dims32"/> converts where 8.x is loaded.
/// </summary>
internal unsafe struct Dims
{
    /// <summary>Dims::MAX_DIMS.</summary>
    public const int MaxRank = 8;

    public int Rank;
    public fixed long Sizes[MaxRank];

    public static Dims Of(ReadOnlySpan<long> sizes)
    {
        if (sizes.Length > MaxRank)
        {
            throw new ArgumentException($"TensorRT knows at most {MaxRank} dimensions, not {sizes.Length}", nameof(sizes));
        }

        Dims dims = new() { Rank = sizes.Length };
        sizes.CopyTo(new Span<long>(dims.Sizes, MaxRank));
        return dims;
    }

    /// <summary>The sizes, or null for the invalid Dims (rank -1) by which TensorRT says that it does not know.</summary>
    public readonly long[]? ToArray()
    {
        if (Rank is < 0 or > MaxRank)
        {
            return null;
        }

        long[] sizes = new long[Rank];
        for (int i = 0; i < Rank; i++)
        {
            sizes[i] = Sizes[i];
        }

        return sizes;
    }
}
