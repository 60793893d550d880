using GraphPartition.Foundation;

namespace GraphPartition.TestModels.MindSpore;

/// <summary>
/// Which attributes MindSpore 2.3 made inputs, in their order (mindspore/ops/op_def/yaml). Null: the primitive kept them.
/// </summary>
internal static class FunctionArguments
{
    public static string? Of(string primitive) => primitive switch
    {
        "AvgPool" => "kernel_size strides pad_mode format",
        "BiasAdd" => "format",
        "BatchNorm" => "is_training epsilon momentum format",
        "LayerNorm" => "begin_norm_axis begin_params_axis epsilon",
        "RmsNorm" => "epsilon",
        "MatMul" or "BatchMatMul" => "transpose_a transpose_b",
        "Elu" => "alpha",
        "Softmax" or "LogSoftmax" or "Concat" or "ReverseV2" or "OneHot" => "axis",
        "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceProd" or "ReduceAll" or "ReduceAny" => "keep_dims",
        "ReduceSum" => "keep_dims skip_mode",
        "Argmax" or "Argmin" => "axis output_type",
        "ArgMaxWithValue" or "ArgMinWithValue" => "axis keep_dims",
        "CumSum" => "exclusive reverse",
        "Split" => "axis output_num",
        "StridedSlice" => "begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask",
        "BroadcastTo" => "shape",
        "Gather" => "batch_dims",
        "ResizeBilinearV2" or "ResizeNearestNeighborV2" => "align_corners half_pixel_centers",
        "ResizeNearestNeighbor" => "size align_corners half_pixel_centers",
        "Add" or "Sub" or "Mul" or "RealDiv" or "ReLU" or "ReLU6" or "Sigmoid" or "Tanh" or "GeLU" or "HSwish" or "HSigmoid" or "Reshape"
            or "Transpose" or "ExpandDims" or "Select" or "Cast" or "Tile" or "GatherD" or "GatherNd" or "Maximum" or "Minimum" => "",
        _ => null,
    };

    /// <summary>
    /// An argument as a primitive function has it: names are numbers, windows have no N and C, missing ones their defaults.
    /// </summary>
    public static object? Value(string argument, object? value) => (argument, value) switch
    {
        ("format", null or "NCHW") => 0L,
        ("format", "NHWC") => 1L,
        ("pad_mode", string mode) => mode.ToUpperInvariant() switch { "PAD" => 0L, "SAME" => 1L, _ => 2L },
        ("kernel_size" or "strides", object[] { Length: 4 } window) => window[2..],
        ("output_type", null) => TypeId(ElementType.Int32),
        ("output_type", ElementType type) => TypeId(type),
        ("begin_norm_axis" or "begin_params_axis", null) => 1L,
        ("epsilon", null) => 1e-5f,
        ("momentum", null) => 0.1f,
        ("alpha", null) => 1f,
        ("output_num", null) => 1L,
        ("axis" or "batch_dims" or "begin_mask" or "end_mask" or "ellipsis_mask" or "new_axis_mask" or "shrink_axis_mask", null) => 0L,
        (_, null) => false,
        _ => value,
    };

    /// <summary>MindSpore's TypeId (mindapi/base/type_id.h).</summary>
    public static long TypeId(ElementType type) => type switch
    {
        ElementType.Bool => 30,
        ElementType.Int32 => 34,
        ElementType.Int64 => 35,
        ElementType.Float16 => 42,
        ElementType.Float32 => 43,
        ElementType.Float64 => 44,
        _ => throw new NotSupportedException(type.ToString()),
    };
}
