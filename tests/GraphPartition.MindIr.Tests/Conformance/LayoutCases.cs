using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Primitives on images with the channels last, against the same primitive on the image with the channels first.</summary>
internal static class LayoutCases
{
    private static readonly TensorData First = Runner.Random(60, 2, 4, 5, 6);

    public static IEnumerable<PrimitiveCase> All =>
    [
        new("MaxPool NHWC", [Last(First)], (b, x) => [b.Node("MaxPool", x, Window("VALID"), 2, 2, 3, 4)], Last(Pooled(v => v.Max()))),
        new("AvgPool NHWC", [Last(First)], (b, x) => [b.Node("AvgPool", x, Window("VALID"), 2, 2, 3, 4)], Last(Pooled(v => v.Average()))),
        new("BiasAdd NHWC", [Last(First), F([4], 1, 2, 3, 4)], (b, x) => [b.Node("BiasAdd", x, [("format", "NHWC")], 2, 5, 6, 4)],
            Last(Reference.Fill([2, 4, 5, 6], at => First.Get(at) + at[1] + 1))),
        new("BatchNorm NHWC", [Last(First)], (b, x) =>
            [b.Item(b.TupleNode("BatchNorm", [x[0], b.Weight("g", Ramp), b.Weight("b", Ramp), b.Weight("m", Ramp), b.Weight("v", Ramp)],
            [("is_training", false), ("epsilon", 0.5f), ("momentum", 0.1f), ("format", "NHWC")], [2L, 5L, 6L, 4L], [4L], [4L], [4L], [4L]),
                0, 2, 5, 6, 4)],
            Last(Reference.Fill([2, 4, 5, 6], at => (First.Get(at) - Ramp.Get(at[1])) / Math.Sqrt(Ramp.Get(at[1]) + 0.5) * Ramp.Get(at[1])
                + Ramp.Get(at[1])))),
        new("SpaceToDepth NHWC", [Last(Runner.Random(61, 1, 1, 4, 6))],
            (b, x) => [b.Node("SpaceToDepth", x, [("block_size", 2L), ("format", "NHWC")], 1, 2, 3, 4)],
            Last(Reference.Fill([1, 4, 2, 3], at => Runner.Random(61, 1, 1, 4, 6)
                .Get(0, 0, at[2] * 2 + at[1] / 2, at[3] * 2 + at[1] % 2)))),
    ];

    private static TensorData Ramp => F([4], 1, 2, 3, 4);

    private static (string, object?)[] Window(string mode) =>
        [("kernel_size", T(1, 1, 2, 2)), ("strides", T(1, 1, 2, 2)), ("pad_mode", mode), ("format", "NHWC")];

    private static TensorData Pooled(Func<IEnumerable<double>, double> over) => Reference.Fill([2, 4, 2, 3], at =>
        over(Enumerable.Range(0, 4).Select(k => First.Get(at[0], at[1], at[2] * 2 + k / 2, at[3] * 2 + k % 2))));

    /// <summary>[N, C, H, W] to [N, H, W, C].</summary>
    private static TensorData Last(TensorData x) =>
        Reference.Fill([x.Dims[0], x.Dims[2], x.Dims[3], x.Dims[1]], at => x.Get(at[0], at[3], at[1], at[2]));
}
