using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>Small relatives of the networks of MindSpore's model zoo: every kind of block once or twice, few channels.</summary>
internal static class VisionNetworks
{
    public static TestNetwork LeNet { get; } = new("LeNet", [Runner.Random(1, 2, 1, 16, 16)], (m, x) =>
    {
        string h = m.Unary("ReLU", m.Conv(x[0], 10, [4, 1, 5, 5], 1, "valid", T(0, 0, 0, 0), 1, 2, 4, 12, 12), 2, 4, 12, 12);
        h = m.Pool(h, "MaxPool", 2, 2, "VALID", 2, 4, 6, 6);
        h = m.B.Node("Flatten", [h], [], 2, 144);
        h = m.Unary("ReLU", m.Dense(h, 11, 144, 20, 2, 20), 2, 20);
        return [m.Dense(h, 13, 20, 5, 2, 5)];
    }, (o, x) =>
    {
        Value h = o.Pool(o.Op("Relu", [o.Conv(x[0], 10, [4, 1, 5, 5], 1, [0, 0, 0, 0])]), "MaxPool", 2, 2);
        h = o.Op("Relu", [o.Dense(o.Reshape(h, 2, 144), 11, 144, 20)]);
        return [o.Dense(h, 13, 20, 5)];
    });

    public static TestNetwork AlexNet { get; } = new("AlexNet", [Runner.Random(2, 1, 3, 31, 31)], (m, x) =>
    {
        string h = m.Conv(x[0], 20, [6, 3, 11, 11], 4, "pad", T(2, 2, 2, 2), 1, 1, 6, 7, 7);
        h = m.Unary("ReLU", m.B.Node("BiasAdd", [h, m.Weight(21, 6)], [("format", "NCHW")], 1, 6, 7, 7), 1, 6, 7, 7);
        h = m.Pool(h, "MaxPool", 3, 2, "VALID", 1, 6, 3, 3);
        h = m.Conv(h, 22, [8, 6, 5, 5], 1, "same", T(2, 2, 2, 2), 1, 1, 8, 3, 3);
        h = m.Reshape(m.Unary("ReLU", h, 1, 8, 3, 3), 1, 72);
        return [m.B.Node("Softmax", [m.Dense(h, 23, 72, 10, 1, 10)], [("axis", T(-1))], 1, 10)];
    }, (o, x) =>
    {
        Value h = o.Op("Add", [o.Conv(x[0], 20, [6, 3, 11, 11], 4, [2, 2, 2, 2]), o.Reshape(o.Weight(21, 6), 6, 1, 1)]);
        h = o.Conv(o.Pool(o.Op("Relu", [h]), "MaxPool", 3, 2), 22, [8, 6, 5, 5], 1, [2, 2, 2, 2]);
        return [o.Op("Softmax", [o.Dense(o.Reshape(o.Op("Relu", [h]), 1, 72), 23, 72, 10)])];
    });

    public static TestNetwork Vgg { get; } = new("VGG with batch normalization", [Runner.Random(3, 1, 3, 8, 8)], (m, x) =>
    {
        string h = m.Unary("ReLU", m.BatchNorm(m.Conv(x[0], 30, [4, 3, 3, 3], 1, "pad", T(1, 1, 1, 1), 1, 1, 4, 8, 8), 31, 1, 4, 8, 8), 1,
            4, 8, 8);
        h = m.Pool(h, "MaxPool", 2, 2, "VALID", 1, 4, 4, 4);
        h = m.Unary("ReLU", m.BatchNorm(m.Conv(h, 35, [8, 4, 3, 3], 1, "pad", T(1, 1, 1, 1), 1, 1, 8, 4, 4), 36, 1, 8, 4, 4), 1, 8, 4, 4);
        return [m.Dense(m.B.Node("Flatten", [m.Pool(h, "MaxPool", 2, 2, "VALID", 1, 8, 2, 2)], [], 1, 32), 40, 32, 6, 1, 6)];
    }, (o, x) =>
    {
        Value h = o.Op("Relu", [o.BatchNorm(o.Conv(x[0], 30, [4, 3, 3, 3], 1, [1, 1, 1, 1]), 31, 4)]);
        h = o.Op("Relu", [o.BatchNorm(o.Conv(o.Pool(h, "MaxPool", 2, 2), 35, [8, 4, 3, 3], 1, [1, 1, 1, 1]), 36, 8)]);
        return [o.Dense(o.Reshape(o.Pool(h, "MaxPool", 2, 2), 1, 32), 40, 32, 6)];
    });

    public static TestNetwork ResNet { get; } = new("ResNet", [Runner.Random(4, 2, 3, 15, 15)], (m, x) =>
    {
        // Stride 2 with pad_mode "same": the odd pixel goes to the end.
        string h = m.BatchNorm(m.Conv(x[0], 50, [4, 3, 7, 7], 2, "same", T(3, 3, 3, 3), 1, 2, 4, 8, 8), 51, 2, 4, 8, 8);
        h = m.Pool(m.Unary("ReLU", h, 2, 4, 8, 8), "MaxPool", 3, 2, "SAME", 2, 4, 4, 4);
        string branch = m.Unary("ReLU", m.BatchNorm(m.Conv(h, 55, [4, 4, 1, 1], 1, "same", T(0, 0, 0, 0), 1, 2, 4, 4, 4), 56, 2, 4, 4, 4),
            2, 4, 4, 4);
        branch = m.BatchNorm(m.Conv(branch, 60, [8, 4, 3, 3], 2, "same", T(0, 1, 0, 1), 1, 2, 8, 2, 2), 61, 2, 8, 2, 2);
        string shortcut = m.BatchNorm(m.Conv(h, 65, [8, 4, 1, 1], 2, "same", T(0, 0, 0, 0), 1, 2, 8, 2, 2), 66, 2, 8, 2, 2);
        h = m.Unary("ReLU", m.Binary("Add", branch, shortcut, 2, 8, 2, 2), 2, 8, 2, 2);
        return [m.Dense(m.B.Node("Flatten", [m.Mean(h, T(2, 3), true, 2, 8, 1, 1)], [], 2, 8), 70, 8, 10, 2, 10)];
    }, (o, x) =>
    {
        Value h = o.Op("Relu", [o.BatchNorm(o.Conv(x[0], 50, [4, 3, 7, 7], 2, [3, 3, 3, 3]), 51, 4)]);
        h = o.Pool(h, "MaxPool", 3, 2, 0, 0, 1, 1);
        Value branch = o.Op("Relu", [o.BatchNorm(o.Conv(h, 55, [4, 4, 1, 1], 1, [0, 0, 0, 0]), 56, 4)]);
        branch = o.BatchNorm(o.Conv(branch, 60, [8, 4, 3, 3], 2, [0, 0, 1, 1]), 61, 8);
        Value shortcut = o.BatchNorm(o.Conv(h, 65, [8, 4, 1, 1], 2, [0, 0, 0, 0]), 66, 8);
        h = o.Op("Relu", [o.Op("Add", [branch, shortcut])]);
        return [o.Dense(o.Reshape(o.Mean(h, [2, 3], true), 2, 8), 70, 8, 10)];
    });

    public static TestNetwork MobileNetV2 { get; } = new("MobileNetV2", [Runner.Random(5, 1, 4, 8, 8)], (m, x) =>
    {
        string h = m.Unary("ReLU6", m.BatchNorm(m.Conv(x[0], 80, [12, 4, 1, 1], 1, "same", T(0, 0, 0, 0), 1, 1, 12, 8, 8), 81, 1, 12, 8, 8),
            1, 12, 8, 8);
        h = m.Unary("ReLU6", m.BatchNorm(m.Conv(h, 85, [12, 1, 3, 3], 1, "pad", T(1, 1, 1, 1), 12, 1, 12, 8, 8), 86, 1, 12, 8, 8), 1, 12, 8,
            8);
        h = m.BatchNorm(m.Conv(h, 90, [4, 12, 1, 1], 1, "same", T(0, 0, 0, 0), 1, 1, 4, 8, 8), 91, 1, 4, 8, 8);
        h = m.Mean(m.Binary("Add", x[0], h, 1, 4, 8, 8), T(2, 3), false, 1, 4);
        return [m.Dense(h, 95, 4, 3, 1, 3)];
    }, (o, x) =>
    {
        Value h = ReLU6(o, o.BatchNorm(o.Conv(x[0], 80, [12, 4, 1, 1], 1, [0, 0, 0, 0]), 81, 12));
        h = ReLU6(o, o.BatchNorm(o.Conv(h, 85, [12, 1, 3, 3], 1, [1, 1, 1, 1], 12), 86, 12));
        h = o.Op("Add", [x[0], o.BatchNorm(o.Conv(h, 90, [4, 12, 1, 1], 1, [0, 0, 0, 0]), 91, 4)]);
        return [o.Dense(o.Mean(h, [2, 3], false), 95, 4, 3)];
    });

    public static TestNetwork MobileNetV3 { get; } = new("MobileNetV3", [Runner.Random(6, 1, 4, 8, 8)], (m, x) =>
    {
        string h = m.Unary("HSwish", m.Conv(x[0], 100, [8, 4, 3, 3], 2, "pad", T(1, 1, 1, 1), 1, 1, 8, 4, 4), 1, 8, 4, 4);
        string gate = m.Unary("ReLU", m.Dense(m.Mean(h, T(2, 3), false, 1, 8), 101, 8, 4, 1, 4), 1, 4);
        gate = m.Reshape(m.Unary("HSigmoid", m.Dense(gate, 103, 4, 8, 1, 8), 1, 8), 1, 8, 1, 1);
        return [m.Binary("Mul", h, gate, 1, 8, 4, 4)];
    }, (o, x) =>
    {
        Value h = o.Op("HardSwish", [o.Conv(x[0], 100, [8, 4, 3, 3], 2, [1, 1, 1, 1])]);
        Value gate = o.Dense(o.Op("Relu", [o.Dense(o.Mean(h, [2, 3], false), 101, 8, 4)]), 103, 4, 8);
        gate = o.Op("Clip", [o.Op("Add", [o.Op("Div", [gate, o.Number(6)]), o.Number(0.5f)]), o.Number(0), o.Number(1)]);
        return [o.Op("Mul", [h, o.Reshape(gate, 1, 8, 1, 1)])];
    });

    public static TestNetwork Inception { get; } = new("InceptionV3", [Runner.Random(7, 1, 4, 9, 9)], (m, x) =>
    {
        string a = m.Conv(x[0], 110, [3, 4, 1, 1], 1, "same", T(0, 0, 0, 0), 1, 1, 3, 9, 9);
        string b = m.Conv(m.Conv(x[0], 111, [3, 4, 1, 7], 1, "same", T(0, 0, 3, 3), 1, 1, 3, 9, 9), 112, [3, 3, 7, 1], 1, "same",
            T(3, 3, 0, 0), 1, 1, 3, 9, 9);
        string c = m.Conv(m.Pool(x[0], "AvgPool", 3, 1, "SAME", 1, 4, 9, 9), 113, [2, 4, 1, 1], 1, "same", T(0, 0, 0, 0), 1, 1, 2, 9, 9);
        string h = m.Concat([a, b, c], 1, 1, 8, 9, 9);
        return [m.Concat([m.Pool(h, "MaxPool", 3, 2, "VALID", 1, 8, 4, 4), m.Pool(h, "AvgPool", 3, 2, "VALID", 1, 8, 4, 4)], 1, 1, 16, 4,
            4), h];
    }, (o, x) =>
    {
        Value a = o.Conv(x[0], 110, [3, 4, 1, 1], 1, [0, 0, 0, 0]);
        Value b = o.Conv(o.Conv(x[0], 111, [3, 4, 1, 7], 1, [0, 3, 0, 3]), 112, [3, 3, 7, 1], 1, [3, 0, 3, 0]);
        Value c = o.Conv(o.Pool(x[0], "AveragePool", 3, 1, 1, 1, 1, 1), 113, [2, 4, 1, 1], 1, [0, 0, 0, 0]);
        Value h = o.Op("Concat", [a, b, c], ("axis", 1));
        return [o.Op("Concat", [o.Pool(h, "MaxPool", 3, 2), o.Pool(h, "AveragePool", 3, 2)], ("axis", 1)), h];
    });

    public static TestNetwork Yolo { get; } = new("YOLO", [Runner.Random(8, 1, 4, 4, 4)], (m, x) =>
    {
        // Leaky ReLU as nn.LeakyReLU writes it: max(0.1 x, x).
        string h = m.Conv(x[0], 120, [8, 4, 3, 3], 1, "same", T(1, 1, 1, 1), 1, 1, 8, 4, 4);
        h = m.Binary("Maximum", m.Binary("Mul", h, m.B.Constant(0.1f), 1, 8, 4, 4), h, 1, 8, 4, 4);
        string halves = m.B.TupleNode("Split", [h], [("axis", 1L), ("output_num", 2L)], [1L, 4L, 4L, 4L], [1L, 4L, 4L, 4L]);
        string up = m.B.Node("ResizeNearestNeighbor", [m.B.Item(halves, 0, 1, 4, 4, 4)],
            [("size", T(8, 8)), ("align_corners", false), ("half_pixel_centers", false)], 1, 4, 8, 8);
        string wide = m.B.Node("ResizeBilinear", [m.B.Item(halves, 1, 1, 4, 4, 4)],
            [("size", T(8, 8)), ("align_corners", true), ("half_pixel_centers", false)], 1, 4, 8, 8);
        h = m.Transpose(m.Concat([up, wide], 1, 1, 8, 8, 8), [0, 2, 3, 1], 1, 8, 8, 8);
        string xy = m.B.Node("StridedSlice", [h, m.B.Constant(T(0, 0, 0, 0)), m.B.Constant(T(0, 0, 0, 2)), m.B.Constant(T(1, 1, 1, 1))],
            [("begin_mask", 7L), ("end_mask", 7L), ("ellipsis_mask", 0L), ("new_axis_mask", 0L), ("shrink_axis_mask", 0L)], 1, 8, 8, 2);
        string wh = m.B.Node("StridedSlice", [h, m.B.Constant(T(0, 2)), m.B.Constant(T(0, 4)), m.B.Constant(T(1, 1))],
            [("begin_mask", 0L), ("end_mask", 0L), ("ellipsis_mask", 1L), ("new_axis_mask", 0L), ("shrink_axis_mask", 0L)], 1, 8, 8, 2);
        string anchors = m.B.Node("Tile", [m.B.Constant(TensorData.Floats([2, 3], 1, 1, 1, 2)), m.B.Constant(T(1, 8, 8, 1))], [], 1, 8, 8,
            2);
        return [m.Unary("Sigmoid", xy, 1, 8, 8, 2), m.Binary("Mul", m.Unary("Exp", wh, 1, 8, 8, 2), anchors, 1, 8, 8, 2)];
    }, (o, x) =>
    {
        Value h = o.Op("LeakyRelu", [o.Conv(x[0], 120, [8, 4, 3, 3], 1, [1, 1, 1, 1])], ("alpha", 0.1f));
        Value up = o.Op("Resize", [o.Slice(h, 0, 4, 1), null, null, o.Integers(1, 4, 8, 8)], ("mode", "nearest"),
            ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        Value wide = o.Op("Resize", [o.Slice(h, 4, 8, 1), null, null, o.Integers(1, 4, 8, 8)], ("mode", "linear"),
            ("coordinate_transformation_mode", "align_corners"));
        h = o.Transpose(o.Op("Concat", [up, wide], ("axis", 1)), 0, 2, 3, 1);
        Value anchors = o.Op("Concat", [o.Reshape(o.Number(2), 1), o.Reshape(o.Number(3), 1)], ("axis", 0));
        return [o.Op("Sigmoid", [o.Slice(h, 0, 2, 3)]), o.Op("Mul", [o.Op("Exp", [o.Slice(h, 2, 4, 3)]), anchors])];
    });

    private static Value ReLU6(OnnxLayers o, Value x) => o.Op("Clip", [x, o.Number(0), o.Number(6)]);
}
