using GraphPartition.Foundation;

namespace GraphPartition.TensorRt.Abi;

/// <summary>nvinfer1::DataType (NvInferRuntimeBase.h) and ours.</summary>
internal static class DataTypes
{
    private static readonly (Constant Constant, ElementType Type)[] Pairs =
    [
        (Constant.DataType_kFLOAT, ElementType.Float32),
        (Constant.DataType_kHALF, ElementType.Float16),
        (Constant.DataType_kINT8, ElementType.Int8),
        (Constant.DataType_kINT32, ElementType.Int32),
        (Constant.DataType_kBOOL, ElementType.Bool),
        (Constant.DataType_kUINT8, ElementType.UInt8),
        (Constant.DataType_kFP8, ElementType.Float8E4M3FN),
        (Constant.DataType_kBF16, ElementType.BFloat16),
        (Constant.DataType_kINT64, ElementType.Int64),
        (Constant.DataType_kINT4, ElementType.Int4),
        (Constant.DataType_kFP4, ElementType.Float4E2M1),
        (Constant.DataType_kE8M0, ElementType.Float8E8M0),
    ];

    /// <summary>Our name of a type, or undefined for one that came with a later release.</summary>
    public static ElementType Of(Family family, int type) =>
        Pairs.FirstOrDefault(p => family.Has(p.Constant) && family.Value(p.Constant) == type).Type;
}
