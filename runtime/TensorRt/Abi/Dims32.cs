namespace GraphPartition.TensorRt.Abi;

/// <summary>Dimensions as TensorRT 8 lays them out (nvinfer1::Dims32): int32 nbDims at 0, int32 d[8] at 4, 36 bytes.</summary>
internal unsafe struct Dims32
{
    public int Rank;
    public fixed int Sizes[Dims.MaxRank];

    public static explicit operator Dims32(in Dims dims)
    {
        Dims32 narrow = new() { Rank = dims.Rank };
        for (int i = 0; i < Dims.MaxRank; i++)
        {
            narrow.Sizes[i] = checked((int)dims.Sizes[i]);
        }

        return narrow;
    }

    public static implicit operator Dims(in Dims32 dims)
    {
        Dims wide = new() { Rank = dims.Rank };
        for (int i = 0; i < Dims.MaxRank; i++)
        {
            wide.Sizes[i] = dims.Sizes[i];
        }

        return wide;
    }
}
