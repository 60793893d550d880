using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Convolution, pooling, normalization, products.</summary>
internal static class WindowCases
{
    private static readonly TensorData X = Runner.Random(2, 2, 4, 7, 6);

    public static IEnumerable<PrimitiveCase> All =>
    [
        Conv("valid", "valid", 1, 1, 1, T(0, 0, 0, 0)),
        Conv("dilated", "valid", 1, 2, 1, T(0, 0, 0, 0)),
        Conv("same, resolved", "same", 2, 1, 1, T(1, 1, 0, 1)),
        Conv("same, not resolved", "same", 2, 1, 1, T(-1, -1, -1, -1), [1, 1, 0, 1]),
        Conv("padded unevenly", "pad", 1, 1, 1, T(2, 0, 1, 3)),
        Conv("grouped", "pad", 1, 1, 2, T(1, 1, 1, 1)),
        Nhwc(),
        Depthwise(),
        Transposed("valid", "VALID", 2, T(0, 0, 0, 0), 13, 11),
        Transposed("padded", "PAD", 2, T(1, 1, 0, 1), 11, 10),
        Transposed("same", "SAME", 2, T(0, 0, 0, 0), 12, 10),
        Transposed("padded", "PAD", 2, T(1, 1, 0, 1), 11, 10, "Conv2DBackpropInput"),
        new("Conv3D", [Runner.Random(3, 1, 2, 4, 4, 4), Runner.Random(4, 3, 2, 1, 2, 1)], (b, x) => [b.Node("Conv3D", x,
            [("kernel_size", T(1, 2, 1)), ("strides", T(1, 1, 1, 1, 1)), ("dilations", T(1, 1, 1, 1, 1)), ("pad_mode", "pad"),
            ("pad_list", T(0, 0, 1, 0, 0, 0)), ("group", 1L), ("format", "NCDHW")], 1, 3, 4, 4, 4)], Conv3D()),

        Pool("MaxPool", "VALID", 3, 2, 3, 2), Pool("MaxPool", "SAME", 3, 2, 4, 3), Pool("AvgPool", "VALID", 2, 2, 3, 3),
            Pool("AvgPool", "SAME", 3, 2, 4, 3),
        new("MaxPoolWithArgmax", [X], (b, x) => [b.Item(
            b.TupleNode("MaxPoolWithArgmax", x, [("kernel_size", T(1, 3, 3, 1)), ("strides", T(1, 2, 2, 1)), ("pad_mode", "VALID")],
            [2L, 4L, 3L, 2L], [2L, 4L, 3L, 2L]), 0, 2, 4, 3, 2)], Window(X, max: true, same: false, 3, 2, 3, 2)),
        One("AdaptiveAvgPool2D", [X], [("output_size", T(1, 1))], Reference.Fill([2, 4, 1, 1], at => Sum(X, at[0], at[1]) / 42)),
        One("AdaptiveAvgPool2D", [X], [("output_size", T(7, 3))], Reference.Fill([2, 4, 7, 3], at =>
            (X.Get(at[0], at[1], at[2], 2 * at[3]) + X.Get(at[0], at[1], at[2], 2 * at[3] + 1)) / 2), " to 7 by 3"),
        One("AdaptiveAvgPool2D", [X], [("output_size", T(3, 4))], Reference.Fill([2, 4, 3, 4], at =>
        {
            // Rows 0-2, 2-4, 4-6; columns 0-1, 1-2, 3-4, 4-5: windows overlap and differ.
            (long top, long bottom, long left, long right) =
                (at[2] * 7 / 3, ((at[2] + 1) * 7 + 2) / 3, at[3] * 6 / 4, ((at[3] + 1) * 6 + 3) / 4);
            double sum = 0;
            for (long i = top; i < bottom; i++)
                for (long j = left; j < right; j++) sum += X.Get(at[0], at[1], i, j);
            return sum / ((bottom - top) * (right - left));
        }), " to 3 by 4"),

        One("BiasAdd", [X, F([4], 1, 2, 3, 4)], [("format", "NCHW")], Reference.Fill([.. X.Dims], at => X.Get(at) + at[1] + 1)),
        One("BiasAdd", [F([2, 2], 1, 2, 3, 4), F([2], 10, 20)], [("format", "NCHW")], F([2, 2], 11, 22, 13, 24), " of rank 2"),
        BatchNorm(), LayerNorm(1, 1, [4, 7, 6]), LayerNorm(-1, -1, [6]), LayerNorm(1, 3, [6]), LayerNorm(-1, -1, [6], "LayerNormV3"),
            GroupNorm(), RmsNorm(),
        new("InstanceNorm", [X], (b, x) => [b.Item(
            b.TupleNode("InstanceNorm", [x[0], b.Weight("g", Ones), b.Weight("b", Ones), b.Weight("m", Ones), b.Weight("v", Ones)],
            [("epsilon", 1e-5f)], [2L, 4L, 7L, 6L], [8L], [8L]), 0, 2, 4, 7, 6)],
            Reference.Fill([.. X.Dims], at => (X.Get(at) - Sum(X, at[0], at[1]) / 42) / Math.Sqrt(Variance(at[0], at[1], at[1]) + 1e-5)
                + 1)),
        One("L2Normalize", [F([2, 2], 3, 4, 6, 8)], [("axis", T(1)), ("epsilon", 1e-4f)], F([2, 2], 0.6f, 0.8f, 0.6f, 0.8f)),
        One("LRN", [X], [("depth_radius", 1L), ("bias", 2f), ("alpha", 0.5f), ("beta", 0.75f), ("norm_region", "ACROSS_CHANNELS")],
            Reference.Fill([.. X.Dims], at =>
            X.Get(at) / Math.Pow(2 + 0.5 * Enumerable.Range(-1, 3).Sum(c => Math.Pow(X.Get(at[0], at[1] + c, at[2], at[3]), 2)), 0.75))),

        MatMul("MatMul", false, false), MatMul("MatMul", true, false), MatMul("MatMul", false, true), MatMul("MatMul", true, true),
        One("BatchMatMul", [Runner.Random(5, 2, 3, 4), Runner.Random(6, 2, 5, 4)], [("transpose_a", false), ("transpose_b", true)],
            Reference.Fill([2, 3, 5], at =>
            Enumerable.Range(0, 4).Sum(k => Runner.Random(5, 2, 3, 4).Get(at[0], at[1], k) * Runner.Random(6, 2, 5, 4)
                .Get(at[0], at[2], k)))),
        One("Dense", [F([1, 2], 1, 2), F([3, 2], 1, 0, 0, 1, 1, 1), F([3], 10, 20, 30)], [], F([1, 3], 11, 22, 33)),
        One("Dense", [F([1, 1, 2], 1, 2), F([3, 2], 1, 0, 0, 1, 1, 1), F([3], 10, 20, 30)], [], F([1, 1, 3], 11, 22, 33), " of rank 3"),
    ];

    private static TensorData Ones => F([4], 1, 1, 1, 1);

    private static (string, object?)[] Window(string mode, long stride, long dilation, long group, object[] pads) =>
    [
        ("kernel_size", T(3, 3)), ("stride", T(1, 1, stride, stride)), ("dilation", T(1, 1, dilation, dilation)), ("group", group),
        ("pad_mode", mode), ("pad", pads), ("pad_list", pads), ("format", "NCHW"), ("mode", 1L),
    ];

    private static PrimitiveCase Conv(string note, string mode, long stride, long dilation, long group, object[] pads,
        long[]? resolved = null)
    {
        TensorData w = Runner.Random(7, 6, 4 / group, 3, 3);
        TensorData expected = Reference.Conv(X, w, stride, dilation, group, resolved ?? [.. pads.Cast<long>()]);
        return new($"Conv2D {note}", [X], (b, x) =>
            [b.Node("Conv2D", [x[0], b.Weight("w", w)], Window(mode, stride, dilation, group, pads), [.. expected.Dims])], expected);
    }

    private static PrimitiveCase Nhwc()
    {
        TensorData x = Reference.Fill([2, 7, 6, 4], at => X.Get(at[0], at[3], at[1], at[2])), w = Runner.Random(7, 6, 4, 3, 3);
        TensorData weights = Reference.Fill([6, 3, 3, 4], at => w.Get(at[0], at[3], at[1], at[2])), y = Reference.Conv(X, w);
        (string, object?)[] attributes = [.. Window("valid", 1, 1, 1, T(0, 0, 0, 0)).Where(a => a.Item1 != "format"), ("format", "NHWC")];
        return new("Conv2D NHWC", [x], (b, v) => [b.Node("Conv2D", [v[0], b.Weight("w", weights)], attributes, 2, 5, 4, 6)],
            Reference.Fill([2, 5, 4, 6], at => y.Get(at[0], at[3], at[1], at[2])));
    }

    private static PrimitiveCase Depthwise()
    {
        TensorData w = Runner.Random(8, 2, 4, 3, 3); // two outputs of each channel
        TensorData grouped = Reference.Fill([8, 1, 3, 3], at => w.Get(at[0] % 2, at[0] / 2, at[2], at[3]));
        return new("DepthwiseConv2dNative", [X], (b, x) => [b.Node("DepthwiseConv2dNative", [x[0], b.Weight("w", w)],
            Window("valid", 1, 1, 1, T(0, 0, 0, 0)), 2, 8, 5, 4)], Reference.Conv(X, grouped, group: 4));
    }

    /// <summary>The transposed convolution by its definition: every input pixel adds the kernel to the result, shifted by the
    /// padding.</summary>
    private static PrimitiveCase Transposed(string note, string mode, long stride, object[] pads, long height, long width,
        string primitive = "Conv2DTranspose")
    {
        TensorData x = Runner.Random(9, 1, 2, 6, 5), w = Runner.Random(10, 2, 3, 3, 3);
        long top = (long)pads[0], left = (long)pads[2];
        if (mode == "SAME") (top, left) = (((6 - 1) * stride + 3 - height) / 2, ((5 - 1) * stride + 3 - width) / 2);
        TensorData expected = Reference.Fill([1, 3, height, width], at =>
        {
            double sum = 0;
            for (long c = 0; c < 2; c++)
                for (long i = 0; i < 6; i++)
                    for (long j = 0; j < 5; j++)
                        if (at[2] + top - i * stride is >= 0 and < 3 and var p && at[3] + left - j * stride is >= 0 and < 3 and var q)
                            sum += x.Get(0, c, i, j) * w.Get(c, at[1], p, q);
            return sum;
        });
        return new($"{primitive} {note}", [x], (b, v) => [b.Node(primitive, [v[0], b.Weight("w", w), b.Constant(T(1, 3, height, width))],
            Window(mode, stride, 1, 1, pads), 1, 3, height, width)], expected);
    }

    private static TensorData Conv3D()
    {
        TensorData x = Runner.Random(3, 1, 2, 4, 4, 4), w = Runner.Random(4, 3, 2, 1, 2, 1);
        return Reference.Fill([1, 3, 4, 4, 4], at => Enumerable.Range(0, 2).Sum(c => Enumerable.Range(0, 2).Sum(i =>
            w.Get(at[1], c, 0, i, 0) * x.Get(0, c, at[2], at[3] - 1 + i, at[4]))));
    }

    private static PrimitiveCase Pool(string name, string mode, long kernel, long stride, long height, long width) => One(name, [X],
        [("kernel_size", T(1, 1, kernel, kernel)), ("strides", T(1, 1, stride, stride)), ("pad_mode", mode), ("format", "NCHW")],
        Window(X, name == "MaxPool", mode == "SAME", kernel, stride, height, width), " " + mode);

    private static TensorData Window(TensorData x, bool max, bool same, long kernel, long stride, long height, long width) =>
        Reference.Fill([2, 4, height, width], at =>
    {
        // An odd pixel of padding goes to the end.
        long top = same ? Math.Max(0, (height - 1) * stride + kernel - x.Dims[2]) / 2 : 0, left = same
            ? Math.Max(0, (width - 1) * stride + kernel - x.Dims[3]) / 2 : 0;
        var seen = new List<double>();
        for (long i = at[2] * stride - top; i < at[2] * stride - top + kernel; i++)
            for (long j = at[3] * stride - left; j < at[3] * stride - left + kernel; j++)
                if (i >= 0 && i < x.Dims[2] && j >= 0 && j < x.Dims[3]) seen.Add(x.Get(at[0], at[1], i, j));
        return max ? seen.Max() : seen.Average();
    });

    private static PrimitiveCase BatchNorm()
    {
        TensorData g = F([4], 1, 2, 3, 4), b = F([4], 4, 3, 2, 1), m = F([4], 0.1f, 0.2f, 0.3f, 0.4f), v = F([4], 1, 2, 0.5f, 4);
        return new("BatchNorm", [X], (w, x) => [w.Item(
            w.TupleNode("BatchNorm", [x[0], w.Weight("g", g), w.Weight("b", b), w.Weight("m", m), w.Weight("v", v)],
            [("is_training", false), ("epsilon", 1e-3f), ("momentum", 0.1f), ("format", "NCHW")], [2L, 4L, 7L, 6L], [4L], [4L], [4L], [4L]),
                0, 2, 4, 7, 6)],
            Reference.Fill([.. X.Dims], at => (X.Get(at) - m.Get(at[1])) / Math.Sqrt(v.Get(at[1]) + 1e-3) * g.Get(at[1]) + b.Get(at[1])));
    }

    private static PrimitiveCase LayerNorm(long norm, long parameters, long[] shape, string primitive = "LayerNorm")
    {
        TensorData gamma = Runner.Random(11, shape), beta = Runner.Random(12, shape);
        int axis = (int)(norm < 0 ? norm + 4 : norm);
        TensorData expected = Reference.Fill([.. X.Dims], at =>
        {
            List<double> over = [];
            Reference.Fill([.. X.Dims[axis..]], rest => over.Count is var _ && Add(over, X.Get([.. at[..axis], .. rest])) ? 0 : 0);
            double mean = over.Average(), variance = over.Average(v => (v - mean) * (v - mean));
            long[] p = at[(4 - shape.Length)..];
            return (X.Get(at) - mean) / Math.Sqrt(variance + 1e-5) * gamma.Get(p) + beta.Get(p);
        });
        return new($"{primitive} {norm} {parameters}", [X],
            (b, x) => [b.Item(b.TupleNode(primitive, [x[0], b.Weight("g", gamma), b.Weight("b", beta)],
            [("begin_norm_axis", norm), ("begin_params_axis", parameters), ("epsilon", 1e-5f)], [2L, 4L, 7L, 6L], [2L], [2L]), 0, 2, 4, 7,
                6)], expected);

        static bool Add(List<double> list, double value)
        {
            list.Add(value);
            return true;
        }
    }

    private static PrimitiveCase GroupNorm() => new("GroupNorm", [X], (b, x) => [b.Item(b.TupleNode("GroupNorm",
        [x[0], b.Constant(2L), b.Weight("g", F([4], 1, 2, 3, 4)), b.Weight("b", F([4], 0, 1, 2, 3)), b.Constant(1e-5f)], [],
        [2L, 4L, 7L, 6L], [2L, 2L], [2L, 2L]), 0, 2, 4, 7, 6)], Reference.Fill([.. X.Dims], at =>
        {
            long first = at[1] / 2 * 2;
            double mean = (Sum(X, at[0], first) + Sum(X, at[0], first + 1)) / 84;
            return (X.Get(at) - mean) / Math.Sqrt(Variance(at[0], first, first + 1) + 1e-5) * (at[1] + 1) + at[1];
        }));

    private static PrimitiveCase RmsNorm() => new("RmsNorm", [X],
        (b, x) => [b.Item(b.TupleNode("RmsNorm", [x[0], b.Weight("g", F([6], 1, 2, 3, 4, 5, 6))],
        [("epsilon", 1e-6f)], [2L, 4L, 7L, 6L], [2L, 4L, 7L, 1L]), 0, 2, 4, 7, 6)], Reference.Fill([.. X.Dims], at =>
            X.Get(at) / Math.Sqrt(Enumerable.Range(0, 6).Average(j => Math.Pow(X.Get(at[0], at[1], at[2], j), 2)) + 1e-6) * (at[3] + 1)));

    private static PrimitiveCase MatMul(string name, bool a, bool b)
    {
        TensorData x = a ? Runner.Random(13, 4, 3) : Runner.Random(13, 3, 4), w = b ? Runner.Random(14, 5, 4) : Runner.Random(14, 4, 5);
        return One(name, [x, w], [("transpose_a", a), ("transpose_b", b), ("transpose_x1", a), ("transpose_x2", b)],
            Reference.Fill([3, 5], at =>
            Enumerable.Range(0, 4).Sum(k => (a ? x.Get(k, at[0]) : x.Get(at[0], k)) * (b ? w.Get(at[1], k) : w.Get(k, at[1])))),
                $" {a} {b}");
    }

    private static double Sum(TensorData x, long n, long c) => Pixels.Sum(p => x.Get(n, c, p.I, p.J));

    private static double Variance(long n, long first, long last)
    {
        double[] all = [.. Enumerable.Range((int)first, (int)(last - first) + 1)
            .SelectMany(c => Pixels.Select(p => X.Get(n, c, p.I, p.J)))];
        double mean = all.Average();
        return all.Average(v => (v - mean) * (v - mean));
    }

    private static IEnumerable<(int I, int J)> Pixels => Enumerable.Range(0, 7).SelectMany(i => Enumerable.Range(0, 6).Select(j => (i, j)));
}
