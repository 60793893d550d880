using GraphPartition.TensorRt.Build;

namespace GraphPartition.TensorRt.Run;

/// <summary>An input or output of an engine (ICudaEngine::getIOTensorName and its like, NvInferRuntime.h).</summary>
/// <param name="Name">Its name, by which it is bound.</param>
/// <param name="IsInput">Whether it is an input.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape; -1 stands for a dynamic size.</param>
/// <param name="IsOnHost">Whether its address is in host memory, as for shape tensors.</param>
/// <param name="Format">TensorRT's description of its memory layout.</param>
/// <param name="Profiles">For a dynamic input the shapes of each profile.</param>
public sealed record EngineTensor(
    string Name,
    bool IsInput,
    ElementType Type,
    IReadOnlyList<long> Shape,
    bool IsOnHost,
    string Format,
    IReadOnlyList<ShapeRange> Profiles);

/// <summary>The element types of nvinfer1::DataType (NvInferRuntimeBase.h).</summary>
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

    /// <summary>The element type; undefined for one that a later release added.</summary>
    public static ElementType Of(AbiLayout layout, int type) =>
        Pairs.FirstOrDefault(p => layout.Has(p.Constant) && layout.Value(p.Constant) == type).Type;
}
