using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using static GraphPartition.MindIr.Tests.Networks.TestNetwork;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>The same layers in ONNX.</summary>
internal sealed class OnnxLayers(GraphBuilder b)
{
    public Value Op(string op, Value?[] inputs, params (string, AttributeValue)[] attributes) =>
        b.Op(op, "", inputs, AttributeMap.Of(attributes));

    /// <summary>Pads are ONNX's: top, left, bottom, right.</summary>
    public Value Conv(Value x, int seed, long[] w, long stride, long[] pads, long group = 1) => Op("Conv", [x, Weight(seed, w)],
        ("strides", new[] { stride, stride }), ("pads", pads), ("group", group));

    public Value BatchNorm(Value x, int seed, long channels) => Op("BatchNormalization",
        [x, Weight(seed, channels), Weight(seed + 1, channels), Weight(seed + 2, channels), b.Constant("", Positive(seed + 3, channels))]);

    public Value Pool(Value x, string op, long kernel, long stride, params long[] pads) => Op(op, [x],
        [("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), .. pads.Length > 0
            ? new (string, AttributeValue)[] { ("pads", pads) } : []]);

    public Value Dense(Value x, int seed, long inputs, long outputs) =>
        Op("Gemm", [x, Weight(seed, outputs, inputs), Weight(seed + 1, outputs)], ("transB", 1));

    public Value Reshape(Value x, params long[] to) => Op("Reshape", [x, Integers(to)]);

    public Value Transpose(Value x, params long[] order) => Op("Transpose", [x], ("perm", order));

    public Value Mean(Value x, long[] axes, bool keep) => Op("ReduceMean", [x, Integers(axes)], ("keepdims", keep ? 1 : 0));

    public Value LayerNorm(Value x, int seed, long size) =>
        Op("LayerNormalization", [x, Weight(seed, size), Weight(seed + 1, size)], ("axis", -1), ("epsilon", 1e-7f));

    public Value Slice(Value x, long start, long end, long axis) => Op("Slice", [x, Integers(start), Integers(end), Integers(axis)]);

    public Value Weight(int seed, params long[] dims) => b.Constant("", W(seed, dims));

    public Value Integers(params long[] values) => b.Constant("", TensorData.Int64s(values));

    public Value Number(float value) => b.Constant("", TensorData.Scalar(ElementType.Float32, value));
}
