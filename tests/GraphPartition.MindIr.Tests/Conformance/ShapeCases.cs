using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Operators that reshape, move, cut, pad, resize and reduce.</summary>
internal static class ShapeCases
{
    private static readonly TensorData X = Reference.Fill([2, 3, 4], at => at[0] * 12 + at[1] * 4 + at[2]);
    private static readonly TensorData Image = Runner.Random(20, 1, 4, 2, 3);

    public static IEnumerable<PrimitiveCase> All =>
    [
        With("Reshape", T(4, -1), F([4, 6], Count(24))),
        new("Reshape to nothing", [F([2, 0])], (b, x) => [b.Node("Reshape", [x[0], b.Constant(T(0, 5))], [], dims: [0, 5])], F([0, 5])),
        One("Flatten", [X], [], F([2, 12], Count(24))),
        With("Transpose", T(2, 0, 1), Reference.Fill([4, 2, 3], at => X.Get(at[1], at[2], at[0]))),
        With("ExpandDims", -1L, F([2, 3, 4, 1], Count(24))),
        One("Squeeze", [F([1, 2, 1], 1, 2)], [("axis", T())], F([2], 1, 2)),
        One("Squeeze", [F([1, 2, 1], 1, 2)], [("axis", T(0))], F([2, 1], 1, 2), " of one axis"),
        new("Concat", [F([1, 2], 1, 2), F([1, 1], 3)], (b, x) => [b.Node("Concat", [b.Tuple(x)], [("axis", 1L)], 1, 3)],
            F([1, 3], 1, 2, 3)),
        new("Stack", [F([2], 1, 2), F([2], 3, 4)], (b, x) => [b.Node("Stack", [b.Tuple(x)], [("axis", -1L)], 2, 2)], F([2, 2], 1, 3, 2, 4)),
        new("Split", [F([2, 2], 1, 2, 3, 4)], (b, x) =>
            Parts(b, b.TupleNode("Split", x, [("axis", 1L), ("output_num", 2L)], [2L, 1L], [2L, 1L]), 2, 1),
            F([2, 1], 1, 3), F([2, 1], 2, 4)),
        new("Unstack", [F([2, 2], 1, 2, 3, 4)], (b, x) => Parts(b, b.TupleNode("Unstack", x, [("axis", 1L), ("num", 2L)], [2L], [2L]), 2),
            F([2], 1, 3), F([2], 2, 4)),
        new("Tile", [F([2], 1, 2)], (b, x) => [b.Node("Tile", [x[0], b.Constant(T(2, 2))], [], 2, 4)], F([2, 4], 1, 2, 1, 2, 1, 2, 1, 2)),
        One("BroadcastTo", [F([2, 1], 1, 2)], [("shape", T(2, -1, 3))], F([2, 2, 3], 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2)),
        One("ReverseV2", [X], [("axis", T(0, 2))], Reference.Fill([2, 3, 4], at => X.Get(1 - at[0], at[1], 3 - at[2]))),
        One("DepthToSpace", [Image], [("block_size", 2L), ("format", "NCHW")], Reference.Fill([1, 1, 4, 6], at =>
            Image.Get(0, at[2] % 2 * 2 + at[3] % 2, at[2] / 2, at[3] / 2))),
        One("SpaceToDepth", [Runner.Random(21, 1, 1, 4, 6)], [("block_size", 2L), ("format", "NCHW")], Reference.Fill([1, 4, 2, 3], at =>
            Runner.Random(21, 1, 1, 4, 6).Get(0, 0, at[2] * 2 + at[1] / 2, at[3] * 2 + at[1] % 2))),

        new("Slice", [X], (b, x) => [b.Node("Slice", [x[0], b.Constant(T(0, 1, 1)), b.Constant(T(1, -1, 2))], [], 1, 2, 2)],
            F([1, 2, 2], 5, 6, 9, 10)),
        Strided("x[1, :, ::2]", T(1, 0, 0), T(2, 0, 0), T(1, 1, 2), 0b110, 0b110, 0, 0, 0b001, [3, 2], at => X.Get(1, at[0], at[1] * 2)),
        Strided("x[..., -1]", T(0, -1), T(0, 0), T(1, 1), 0, 0, 0b01, 0, 0b10, [2, 3], at => X.Get(at[0], at[1], 3)),
        Strided("x[:, None, 1:3]", T(0, 0, 1), T(0, 0, 3), T(1, 1, 1), 0b001, 0b001, 0, 0b010, 0, [2, 1, 2, 4],
            at => X.Get(at[0], at[2] + 1, at[3])),
        Strided("x[::-1]", T(0), T(0), T(-1), 1, 1, 0, 0, 0, [2, 3, 4], at => X.Get(1 - at[0], at[1], at[2])),
        Strided("x[0, ..., None]", T(0, 0, 0), T(1, 0, 0), T(1, 1, 1), 0, 0, 0b010, 0b100, 0b001, [3, 4, 1], at => X.Get(0, at[0], at[1])),
        One("Pad", [F([1, 2], 1, 2)], [("paddings", new object[] { T(1, 0), T(0, 2) })], F([2, 4], 0, 0, 0, 0, 1, 2, 0, 0)),
        new("MirrorPad", [F([1, 3], 1, 2, 3)], (b, x) =>
            [b.Node("MirrorPad", [x[0], b.Constant(TensorData.Of<long>(ElementType.Int64, [0, 0, 2, 1], 2, 2))],
            [("mode", "REFLECT")], 1, 6)], F([1, 6], 3, 2, 1, 2, 3, 2)),
        new("MirrorPad SYMMETRIC", [F([2, 2], 1, 2, 3, 4)],
            (b, x) => [b.Node("MirrorPad", [x[0], b.Constant(TensorData.Of<long>(ElementType.Int64, [0, 1, 2, 1], 2, 2))],
            [("mode", "SYMMETRIC")], 3, 5)], F([3, 5], 2, 1, 1, 2, 2, 4, 3, 3, 4, 4, 4, 3, 3, 4, 4)),
        new("PadV3", [F([1, 2], 1, 2)], (b, x) => [b.Node("PadV3", [x[0], b.Constant(T(2, 1)), b.Constant(9f)],
            [("mode", "constant"), ("paddings_contiguous", true)], 1, 5)], F([1, 5], 9, 9, 1, 2, 9)),

        Resize("ResizeBilinear", false, false, at => (at[2] * 2.0 / 4, at[3] * 3.0 / 6)),
        Resize("ResizeBilinear", true, false, at => (at[2] * 1.0 / 3, at[3] * 2.0 / 5)),
        Resize("ResizeBilinear", false, true, at => ((at[2] + 0.5) / 2 - 0.5, (at[3] + 0.5) / 2 - 0.5)),
        Resize("ResizeNearestNeighbor", false, false, at => (at[2] / 2, at[3] / 2)),
        Resize("ResizeNearestNeighbor", true, false, at => (Math.Floor(at[2] * 1.0 / 3 + 0.5), Math.Floor(at[3] * 2.0 / 5 + 0.5))),
        // Factors 0.5, 1.5, 2.5: two planes become one, two rows three, two columns five; a pixel comes from floor(i / factor).
        new("UpsampleNearest3D", [Runner.Random(22, 1, 2, 2, 2, 2)], (b, x) => [b.Node("UpsampleNearest3D",
            [x[0], b.Constant(null), b.Constant(new object[] { 0.5f, 1.5f, 2.5f })], [], 1, 2, 1, 3, 5)],
                Reference.Fill([1, 2, 1, 3, 5], at =>
            Runner.Random(22, 1, 2, 2, 2, 2).Get(0, at[1], (long)(at[2] / 0.5), (long)(at[3] / 1.5), (long)(at[4] / 2.5)))),

        Reduce("ReduceSum", T(1), false, [2, 4], v => v.Sum()), Reduce("ReduceMean", T(0, -1), true, [1, 3, 1], v => v.Average()),
        Reduce("ReduceMax", 2L, false, [2, 3], v => v.Max()), Reduce("ReduceMin", T(), false, [], v => v.Min()),
            Reduce("ReduceProd", T(2), true, [2, 3, 1], v => v.Aggregate(1.0, (a, b) => a * b)),
        new("ReduceAll", [B([2, 2], true, true, true, false)],
            (b, x) => [b.Node("ReduceAll", [x[0], b.Constant(1L)], [("keep_dims", false)], ElementType.Bool, 2)], B([2], true, false)),
        new("ReduceAny", [B([2, 2], false, true, false, false)],
            (b, x) => [b.Node("ReduceAny", [x[0], b.Constant(1L)], [("keep_dims", false)], ElementType.Bool, 2)], B([2], true, false)),
        new("CumSum", [F([4], 1, 2, 3, 4)], (b, x) =>
            [b.Node("CumSum", [x[0], b.Constant(0L)], [("exclusive", true), ("reverse", true)], 4)], F([4], 9, 7, 4, 0)),
    ];

    private static float[] Count(int n) => [.. Enumerable.Range(0, n).Select(i => (float)i)];

    private static string[] Parts(MindIrBuilder b, string tuple, params long[] dims) => [b.Item(tuple, 0, dims), b.Item(tuple, 1, dims)];

    private static PrimitiveCase With(string primitive, object argument, TensorData expected) =>
        new(primitive, [X], (b, x) => [b.Node(primitive, [x[0], b.Constant(argument)], [], [.. expected.Dims])], expected);

    private static PrimitiveCase Strided(
        string note, object[] begin, object[] end, object[] steps, long beginMask, long endMask, long ellipsis, long added, long shrunk,
        long[] dims, Func<long[], double> expected) =>
        new($"StridedSlice {note}", [X], (b, x) => [b.Node("StridedSlice", [x[0], b.Constant(begin), b.Constant(end), b.Constant(steps)],
            [("begin_mask", beginMask), ("end_mask", endMask), ("ellipsis_mask", ellipsis), ("new_axis_mask", added),
                ("shrink_axis_mask", shrunk)], dims)],
            Reference.Fill(dims, expected));

    /// <summary>To twice the size; <paramref name="source"/> is the rule for the source of a pixel.</summary>
    private static PrimitiveCase Resize(string name, bool corners, bool half, Func<long[], (double Y, double X)> source) =>
        One(name, [Image],
        [("size", T(4, 6)), ("align_corners", corners), ("half_pixel_centers", half)], Reference.Fill([1, 4, 4, 6], at =>
        {
            (double y, double x) = source(at);
            (y, x) = (Math.Clamp(y, 0, 1), Math.Clamp(x, 0, 2));
            long top = (long)y, left = (long)x, bottom = Math.Min(top + 1, 1), right = Math.Min(left + 1, 2);
            double fy = y - top, fx = x - left;
            return Image.Get(0, at[1], top, left) * (1 - fy) * (1 - fx) + Image.Get(0, at[1], top, right) * (1 - fy) * fx
                + Image.Get(0, at[1], bottom, left) * fy * (1 - fx) + Image.Get(0, at[1], bottom, right) * fy * fx;
        }), $" {corners} {half}");

    private static PrimitiveCase Reduce(string name, object axis, bool keep, long[] dims, Func<List<double>, double> reduce)
    {
        bool[] over = [.. Enumerable.Range(0, 3).Select(d => axis switch
        {
            long one => one == d,
            object[] { Length: 0 } => true,
            object[] many => many.Cast<long>().Any(a => a == d || a + 3 == d),
            _ => false,
        })];
        TensorData expected = Reference.Fill(dims, at =>
        {
            List<double> values = [];
            for (long i = 0; i < 2; i++)
                for (long j = 0; j < 3; j++)
                    for (long k = 0; k < 4; k++)
                    {
                        long[] index = [i, j, k];
                        long[] kept = [.. Enumerable.Range(0, 3).Where(d => keep || !over[d]).Select(d => over[d] ? 0 : index[d])];
                        if (kept.SequenceEqual(at)) values.Add(X.Get(i, j, k));
                    }
            return reduce(values);
        });
        return new($"{name} {axis}", [X], (b, x) => [b.Node(name, [x[0], b.Constant(axis)], [("keep_dims", keep)], dims)], expected);
    }
}
