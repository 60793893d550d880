namespace GraphPartition.MindIr.Primitives;

/// <summary>Pooling. Kernels and strides are (1, 1, kh, kw), whatever the layout of the images.</summary>
internal static class Pooling
{
    private const long MaxAverages = 4096;

    public static IEnumerable<Primitive> Rows =>
    [
        new("MaxPool", "x", c => Pool(c, "MaxPool", 2)),
        new("MaxPoolWithArgmax", "x", WithArgmax),
        new("AvgPool", "x | kernel_size strides pad_mode format", c => Pool(c, "AveragePool", 2)),
        new("MaxPool3D", "x", c => Pool(c, "MaxPool", 3)),
        new("AvgPool3D", "x", c => Pool(c, "AveragePool", 3)),
        new("AdaptiveAvgPool2D", "x", Adaptive),
    ];

    private static Operand Pool(PrimitiveCall c, string op, int spatial)
    {
        var layout = new Layout(c);
        List<(string, AttributeValue)> attributes =
        [
            ("kernel_shape", Padding.Spatial(c, "kernel_size", spatial)), ("strides", Padding.Spatial(c, "strides", spatial)),
            .. Padding.Of(c, spatial),
        ];
        if (c.Int("divisor_override", 0) != 0) throw c.Unsupported("has a divisor of its own");
        if (spatial == 3 && c.Flag("ceil_mode")) attributes.Add(("ceil_mode", 1));
        if (op == "AveragePool" && c.Flag("count_include_pad")) attributes.Add(("count_include_pad", 1));
        return layout.Result(op, [layout.In(c.Tensor("x"))], [.. attributes]);
    }

    /// <summary>Here alone, kernel and strides are (1, kh, kw, 1).</summary>
    private static TupleOperand WithArgmax(PrimitiveCall c)
    {
        Operand y = c.Emit.Result("MaxPool", [c.Tensor("x")],
            [("kernel_shape", Middle("kernel_size")), ("strides", Middle("strides")), .. Padding.Of(c, 2)]);
        return new TupleOperand([y, c.Unusable("the index")]);

        long[] Middle(string name) => c.Ints(name) switch
        {
            [1, var h, var w, 1] => [h, w],
            [var one] => [one, one],
            [var h, var w] => [h, w],
            _ => throw c.Unsupported($"has a {name} that is not (1, h, w, 1)"),
        };
    }

    private static Operand Adaptive(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long[] size = Padding.Spatial(c, "output_size", 2);
        if (c.Rank(x) != 4) throw c.Unsupported($"is applied to a tensor of rank {c.Rank(x)}");
        if (size is [1, 1]) return c.Emit.Result("GlobalAveragePool", [x]);
        if (!x.Shape![2].IsKnown || !x.Shape[3].IsKnown) throw c.Unsupported("is applied to a tensor whose height or width is not known");
        long[] from = [x.Shape[2].Size, x.Shape[3].Size];
        if (size.Any(s => s is < 1 or > MaxAverages) || from.Any(f => f is < 1 or > MaxAverages))
            throw c.Unsupported($"gives {string.Join(" x ", size)} averages of {string.Join(" x ", from)} elements");
        if (from[0] % size[0] != 0 || from[1] % size[1] != 0)
        {
            // Windows differ in size: average i is over floor(i f / s) up to ceil((i + 1) f / s), as a matrix from either side.
            Value rows = c.Emit.Add("MatMul", [c.Emit.Constant(Averages(from[0], size[0], byColumn: false)), x]);
            return c.Emit.Result("MatMul", [rows, c.Emit.Constant(Averages(from[1], size[1], byColumn: true))]);
        }
        long[] window = [from[0] / size[0], from[1] / size[1]];
        return c.Emit.Result("AveragePool", [x], ("kernel_shape", window), ("strides", window));

        TensorData Averages(long from, long to, bool byColumn)
        {
            var weights = new float[from * to];
            for (long i = 0; i < to; i++)
            {
                long start = i * from / to, end = ((i + 1) * from + to - 1) / to;
                for (long k = start; k < end; k++) weights[byColumn ? k * to + i : i * from + k] = 1f / (end - start);
            }
            if (c.ElementOf(x) != ElementType.Float32)
                throw c.Unsupported($"averages {c.ElementOf(x).Keyword()} with windows of different sizes");
            return TensorData.Floats(weights, byColumn ? [from, to] : [to, from]);
        }
    }
}
