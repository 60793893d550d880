namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Dimensions as TensorRT 10 and later lay them out (nvinfer1::Dims64, NvInferRuntimeBase.h): int32 nbDims at 0, int64 d[8] at 8,
/// 72 bytes. The binding uses this form everywhere; <see cref="Dims32"/> converts for 8.x.
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
            throw new ArgumentException($"TensorRT knows at most {MaxRank} dimensions, not {sizes.Length}", nameof(sizes));
        Dims dims = new() { Rank = sizes.Length };
        sizes.CopyTo(new Span<long>(dims.Sizes, MaxRank));
        return dims;
    }

    /// <summary>The sizes; null for the invalid Dims (rank -1) that TensorRT returns for an unknown shape.</summary>
    public readonly long[]? ToArray()
    {
        if (Rank is < 0 or > MaxRank) return null;
        long[] sizes = new long[Rank];
        for (int i = 0; i < Rank; i++) sizes[i] = Sizes[i];
        return sizes;
    }
}

/// <summary>Dimensions as TensorRT 8 lays them out (nvinfer1::Dims32): int32 nbDims at 0, int32 d[8] at 4, 36 bytes.</summary>
internal unsafe struct Dims32
{
    public int Rank;
    public fixed int Sizes[Dims.MaxRank];

    public static explicit operator Dims32(in Dims dims)
    {
        Dims32 narrow = new() { Rank = dims.Rank };
        for (int i = 0; i < Dims.MaxRank; i++) narrow.Sizes[i] = checked((int)dims.Sizes[i]);
        return narrow;
    }

    public static implicit operator Dims(in Dims32 dims)
    {
        Dims wide = new() { Rank = dims.Rank };
        for (int i = 0; i < Dims.MaxRank; i++) wide.Sizes[i] = dims.Sizes[i];
        return wide;
    }
}
