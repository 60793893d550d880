using GraphPartition.Ir.Types;

namespace GraphPartition.MindIr.Primitives;

/// <summary>Convolutions. A bias is a BiasAdd behind them.</summary>
internal static class Convolutions
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("Conv2D", "x w", c => Conv(c, 2, "stride", "dilation")),
        new("Conv3D", "x w", c => Conv(c, 3, "strides", "dilations")),
        new("DepthwiseConv2dNative", "x w", Depthwise),
        new("Conv2DTranspose", "x w input_sizes", Transposed),
        new("Conv2DBackpropInput", "x w input_sizes", Transposed),
    ];

    private static Operand Conv(PrimitiveCall c, int spatial, string strides, string dilations)
    {
        var layout = new Layout(c);
        return layout.Result("Conv", [layout.In(c.Tensor("x")), layout.In(c.Tensor("w"))],
        [
            ("strides", Padding.Spatial(c, strides, spatial)), ("dilations", Padding.Spatial(c, dilations, spatial)),
            ("group", c.Int("group", c.Int("groups", 1))), .. Kernel(c, spatial), .. Padding.Of(c, spatial),
        ]);
    }

    /// <summary>Weights [multiplier, C, kh, kw]; each channel has outputs of its own, so ONNX has [C * multiplier, 1, kh, kw].</summary>
    private static Operand Depthwise(PrimitiveCall c)
    {
        var layout = new Layout(c);
        Value w = c.Tensor("w");
        if (w.Shape is not { Rank: 4, IsStatic: true } shape) throw c.Unsupported("has weights of unknown shape");
        if (layout.ShapeOf(w) != shape) throw c.Unsupported("has the data format NHWC");
        long multiplier = shape[0].Size, channels = shape[1].Size;
        Value byChannel = c.Emit.Add("Transpose", [w], ("perm", new long[] { 1, 0, 2, 3 }));
        Value weights = c.Emit.Add("Reshape", [byChannel, c.Emit.Integers(channels * multiplier, 1, shape[2].Size, shape[3].Size)]);
        return c.Emit.Result("Conv", [c.Tensor("x"), weights],
        [
            ("strides", Padding.Spatial(c, "stride", 2)), ("dilations", Padding.Spatial(c, "dilation", 2)), ("group", channels),
            .. Kernel(c, 2), .. Padding.Of(c, 2),
        ]);
    }

    /// <summary>
    /// The transposed convolution that gives a tensor of the stated size. With in and out known, the full result has
    /// total = (in - 1) * s + d * (k - 1) + 1 - out elements too many: they are the padding (begin = total / 2), and where they
    /// are negative, elements are added at the end.
    /// </summary>
    private static Operand Transposed(PrimitiveCall c)
    {
        var layout = new Layout(c);
        Value x = c.Tensor("x");
        long[] strides = Padding.Spatial(c, "stride", 2), dilations = Padding.Spatial(c, "dilation", 2);
        Shape kernel = layout.ShapeOf(c.Tensor("w")) is { Rank: 4, IsStatic: true } w ? w
            : throw c.Unsupported("has weights of unknown shape");
        long[] size = OutputSize(c, layout);
        string mode = Padding.Mode(c);
        long[]? listed = mode == "PAD" ? Padding.Listed(c, 2) : null;

        var pads = new long[4];
        var added = new long[2];
        for (int i = 0; i < 2; i++)
        {
            if (layout.ShapeOf(x) is not { Rank: 4 } input || !input[i + 2].IsKnown)
                throw c.Unsupported("has an input whose height or width is not known");
            long total = (input[i + 2].Size - 1) * strides[i] + dilations[i] * (kernel[i + 2].Size - 1) + 1 - size[i];
            pads[i] = listed?[i] ?? (mode == "SAME" ? Math.Max(total, 0) / 2 : 0);
            pads[i + 2] = listed?[i + 2] ?? (mode == "SAME" ? Math.Max(total, 0) - pads[i] : 0);
            added[i] = pads[i] + pads[i + 2] - total;
            if (added[i] < 0) (pads[i + 2], added[i]) = (pads[i + 2] - added[i], 0);
        }
        return layout.Result("ConvTranspose", [layout.In(x), layout.In(c.Tensor("w"))],
            ("strides", strides), ("dilations", dilations), ("group", c.Int("group", c.Int("groups", 1))), ("pads", pads),
            ("output_padding", added));
    }

    /// <summary>Height and width of the result: an argument, or else the type that the file stores.</summary>
    private static long[] OutputSize(PrimitiveCall c, Layout layout)
    {
        if (Emitter.IntegersOf(c.Find("input_sizes")) is { Length: 4 } sizes)
            return layout.IsChannelsLast ? sizes[1..3] : sizes[2..4];
        if (c.Emit.StoredType(0)?.Shape is { Rank: 4, IsStatic: true } stored)
            return layout.IsChannelsLast ? [stored[1].Size, stored[2].Size] : [stored[2].Size, stored[3].Size];
        throw c.Unsupported("has a result whose size is not known");
    }

    private static (string, AttributeValue)[] Kernel(PrimitiveCall c, int spatial) =>
        c.Has("kernel_size") ? [("kernel_shape", Padding.Spatial(c, "kernel_size", spatial))] : [];
}
