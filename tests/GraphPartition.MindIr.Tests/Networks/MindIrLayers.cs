using GraphPartition.TestModels.MindSpore;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;
using static GraphPartition.MindIr.Tests.Networks.TestNetwork;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>Layers of mindspore.nn, as the primitives that they export.</summary>
internal sealed class MindIrLayers(MindIrBuilder b)
{
    private int _weights;

    public MindIrBuilder B { get; } = b;

    /// <summary>nn.Conv2d without bias; <paramref name="pads"/> are (top, bottom, left, right), as shape inference resolves them.</summary>
    public string Conv(string x, int seed, long[] w, long stride, string mode, object[] pads, long group, params long[] to) =>
        B.Node("Conv2D", [x, Weight(seed, w)],
    [
        ("out_channel", w[0]), ("kernel_size", T(w[2], w[3])), ("mode", 1L), ("pad_mode", mode),
        ("pad", mode == "pad" ? pads : T(0, 0, 0, 0)), ("pad_list", pads),
        ("stride", T(1, 1, stride, stride)), ("dilation", T(1, 1, 1, 1)), ("group", group), ("groups", group), ("format", "NCHW"),
    ], to);

    /// <summary>nn.BatchNorm2d in evaluation: a tuple, of which the first is taken.</summary>
    public string BatchNorm(string x, int seed, params long[] shape)
    {
        long[] c = [shape[1]];
        string moving = B.Weight($"v{seed}", Positive(seed + 3, c)); // no weight of its own name twice
        string tuple = B.TupleNode("BatchNorm", [x, Weight(seed, c), Weight(seed + 1, c), Weight(seed + 2, c), moving],
            [("is_training", false), ("epsilon", 1e-5f), ("momentum", 0.9f), ("format", "NCHW")], shape, c, c, c, c);
        return B.Item(tuple, 0, shape);
    }

    public string Pool(string x, string primitive, long kernel, long stride, string mode, params long[] to) => B.Node(primitive, [x],
        [("kernel_size", T(1, 1, kernel, kernel)), ("strides", T(1, 1, stride, stride)), ("pad_mode", mode), ("format", "NCHW")], to);

    /// <summary>nn.Dense of a matrix: the weight is [out, in].</summary>
    public string Dense(string x, int seed, long inputs, long outputs, params long[] to)
    {
        string product = B.Node("MatMul", [x, Weight(seed, outputs, inputs)],
            [("transpose_a", false), ("transpose_b", true), ("transpose_x1", false), ("transpose_x2", true)], to);
        return B.Node("BiasAdd", [product, Weight(seed + 1, outputs)], [("format", "NCHW")], to);
    }

    public string Unary(string primitive, string x, params long[] to) => B.Node(primitive, [x], [], to);

    public string Binary(string primitive, string x, string y, params long[] to) => B.Node(primitive, [x, y], [], to);

    public string Reshape(string x, params long[] to) => B.Node("Reshape", [x, B.Constant(T(to))], [], to);

    public string Transpose(string x, long[] order, params long[] to) => B.Node("Transpose", [x, B.Constant(T(order))], [], to);

    public string Concat(string[] x, long axis, params long[] to) => B.Node("Concat", [B.Tuple(x)], [("axis", axis)], to);

    public string Mean(string x, object[] axes, bool keep, params long[] to) =>
        B.Node("ReduceMean", [x, B.Constant(axes)], [("keep_dims", keep)], to);

    public string LayerNorm(string x, int seed, params long[] shape) =>
        B.Item(B.TupleNode("LayerNorm", [x, Weight(seed, shape[^1]), Weight(seed + 1, shape[^1])],
        [("begin_norm_axis", -1L), ("begin_params_axis", -1L), ("epsilon", 1e-7f)], shape, [.. shape[..^1], 1], [.. shape[..^1], 1]), 0,
            shape);

    public string Weight(int seed, params long[] dims) => B.Weight($"w{_weights++}", W(seed, dims));
}
