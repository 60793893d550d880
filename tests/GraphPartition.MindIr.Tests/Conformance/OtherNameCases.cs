using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Second names of primitives, relatives that differ in little, and arithmetic on the numbers of shapes.</summary>
internal static class OtherNameCases
{
    private static readonly TensorData X = F([3, 2], 10, 11, 20, 21, 30, 31);
    private static readonly TensorData Volume = Runner.Random(50, 1, 2, 4, 4, 4);
    private static readonly TensorData Image = Runner.Random(51, 1, 1, 2, 2);

    public static IEnumerable<PrimitiveCase> All =>
    [
        One("Acos", [F([2], 0.1f, 0.7f)], [], F([2], MathF.Acos(0.1f), MathF.Acos(0.7f))),
        One("FastGelu", [X], [], X.Map(x => x / (1 + Math.Exp(-1.702 * x)))),
        new("GatherV2", [X, I([2], 2, 0)], (b, x) => [b.Node("GatherV2", [.. x, b.Constant(0L)], [], 2, 2)], F([2, 2], 30, 31, 10, 11)),
        new("SparseGatherV2", [X, I([2], 2, 0)], (b, x) => [b.Node("SparseGatherV2", [.. x, b.Constant(0L)], [], 2, 2)],
            F([2, 2], 30, 31, 10, 11)),
        new("Pack", [F([2], 1, 2), F([2], 3, 4)], (b, x) => [b.Node("Pack", [b.Tuple(x)], [("axis", 0L)], 2, 2)], F([2, 2], 1, 2, 3, 4)),
        new("Unpack", [F([2, 2], 1, 2, 3, 4)], (b, x) =>
        {
            string parts = b.TupleNode("Unpack", x, [("axis", 0L), ("num", 2L)], [2L], [2L]);
            return [b.Item(parts, 0, 2), b.Item(parts, 1, 2)];
        }, F([2], 1, 2), F([2], 3, 4)),
        new("DynamicShape", [X], (b, x) => [b.Node("DynamicShape", x, [], ElementType.Int64, 2)], TensorData.Int64s(3, 2)),
        One("Argmin", [X], [("axis", 1L), ("output_type", ElementType.Int64)], TensorData.Int64s(0, 0, 0)),
        One("TensorScatterAdd", [X, I([2, 1], 1, 1), F([2, 2], 1, 2, 3, 4)], [], F([3, 2], 10, 11, 24, 27, 30, 31)),
        Pool3D("MaxPool3D", v => v.Max()), Pool3D("AvgPool3D", v => v.Average()),
        new("ResizeBilinearV2", [Image], (b, x) => [b.Node("ResizeBilinearV2", [x[0], b.Constant(T(3, 3))],
            [("align_corners", true), ("half_pixel_centers", false)], 1, 1, 3, 3)], Reference.Fill([1, 1, 3, 3], at =>
            (Mix(at[2], at[3]) + Mix(at[2] + 1, at[3]) + Mix(at[2], at[3] + 1) + Mix(at[2] + 1, at[3] + 1)) / 4)),
        new("ResizeNearestNeighborV2", [Image], (b, x) => [b.Node("ResizeNearestNeighborV2", [x[0], b.Constant(T(4, 4))],
            [("align_corners", false), ("half_pixel_centers", false)], 1, 1, 4, 4)],
                Reference.Fill([1, 1, 4, 4], at => Image.Get(0, 0, at[2] / 2, at[3] / 2))),

        new("MakeList", [X, X], (b, x) => [b.Node("ListGetItem", [b.Node("MakeList", x, []), b.Constant(-1L)], [], 3, 2)], X),
        new("ListGetItem", [X], (b, x) => [b.Node("ListGetItem", [b.Node("MakeList", x, []), b.Constant(0L)], [], 3, 2)], X),
        Passed("StopGradient"), Passed("stop_gradient"), Passed("TensorMove"),
        Seen("ScalarSummary"), Seen("TensorSummary"), Seen("ImageSummary"), Seen("HistogramSummary"),

        Scalar("ScalarAdd", 2 + 3), Scalar("ScalarSub", 2 - 3), Scalar("ScalarMul", 2 * 3), Scalar("ScalarDiv", 2f / 3),
    ];

    /// <summary>Where align_corners makes 3 pixels of 2, each is the mean of the four halves around it.</summary>
    private static double Mix(long i, long j) => Image.Get(0, 0, i / 2, j / 2);

    private static PrimitiveCase Pool3D(string name, Func<IEnumerable<double>, double> over) => One(name, [Volume],
        [("kernel_size", T(1, 1, 2, 2, 2)), ("strides", T(1, 1, 2, 2, 2)), ("pad_mode", "VALID"), ("pad_list", T(0, 0, 0, 0, 0, 0)),
            ("ceil_mode", false), ("format", "NCDHW")],
        Reference.Fill([1, 2, 2, 2, 2], at => over(
            Enumerable.Range(0, 8).Select(k => Volume.Get(0, at[1], at[2] * 2 + k / 4, at[3] * 2 + k / 2 % 2, at[4] * 2 + k % 2)))));

    private static PrimitiveCase Passed(string name) => One(name, [X], [], X);

    /// <summary>What only looks at a value leaves nothing behind.</summary>
    private static PrimitiveCase Seen(string name) =>
        new(name, [X], (b, x) => [b.Node("Depend", [x[0], b.Node(name, [b.Constant("tag"), x[0]], [], 1)], [], 3, 2)], X);

    private static PrimitiveCase Scalar(string name, float expected) =>
        new(name, [X],
            (b, x) => [b.Node(
                "Mul", [x[0], b.Node(name, [b.Constant(2L), b.Constant(3L)], [], name == "ScalarDiv" ? ElementType.Float32
                    : ElementType.Int64)], [], 3, 2)],
            X.Map(v => v * expected));
}
