namespace GraphPartition.Operators.Families;

/// <summary>Pooling: https://onnx.ai/onnx/operators/onnx__MaxPool.html and its relatives.</summary>
internal static class Pooling
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(Pool, "AveragePool", "LpPool", "MaxPool"),
        .. OperatorRow.Of(Global, "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"),
        new("MaxUnpool", MaxUnpool),
        new("MaxRoiPool", n => n.Set(0, Regions(n, n.Dim(1, 0),
            n.Attributes.Ints("pooled_shape") is { IsDefault: false } and [var h, var w] ? (h, w) : default))),
        new("RoiAlign", n => n.Set(0, Regions(n, n.Dim(1, 0), (n.Int("output_height", 1), n.Int("output_width", 1))))),
        .. OperatorRow.In("com.microsoft", Pool, "MaxpoolWithMask", "QLinearAveragePool"),
        .. OperatorRow.In("com.microsoft", NhwcPool, "NhwcMaxPool"),
        .. OperatorRow.In("com.microsoft", Global, "QLinearGlobalAveragePool"),
    ];

    /// <summary>X is [N, C, spatial...].</summary>
    private static void Pool(NodeTyping n)
    {
        if (n.Shape(0) is not { } input) return;
        if (n.Int("channels_last") != 0)
        {
            NhwcPool(n);
            return;
        }
        if (input.Rank < 2)
        {
            n.Contradiction($"the input {input} must have a batch and a channel dimension");
            return;
        }
        if (Window.Of(n, input.Rank - 2, null) is not { } window) return;
        var shape = new Shape([input[0], input[1], .. window.Slide(n, input.Dims.AsSpan()[2..])]);
        n.Set(0, shape);
        n.Set(1, ElementType.Int64, shape);
    }

    private static void NhwcPool(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: >= 3 } input && Window.Of(n, input.Rank - 2, null) is { } window)
            n.Set(0, new Shape([input[0], .. window.Slide(n, input.Dims.AsSpan()[1..^1]), input[^1]]));
    }

    private static void Global(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: >= 2 } input) return;
        var dims = new Dim[input.Rank];
        Array.Fill(dims, 1);
        int channel = n.Int("channels_last") != 0 ? input.Rank - 1 : 1;
        (dims[0], dims[channel]) = (input[0], input[channel]);
        n.Set(0, new Shape(dims));
    }

    /// <summary>out = (in - 1) * stride + kernel - pads, unless the third input has the shape.</summary>
    private static void MaxUnpool(NodeTyping n)
    {
        if (n.Has(2))
        {
            n.Set(0, Reshaping.ShapeFrom(n, 2));
            return;
        }
        if (n.Shape(0) is not { Rank: >= 3 } input || Window.Of(n, input.Rank - 2, null) is not { } window) return;
        int spatial = input.Rank - 2;
        var dims = new Dim[input.Rank];
        (dims[0], dims[1]) = (input[0], input[1]);
        for (int i = 0; i < spatial; i++)
            dims[i + 2] = DimMath.AsDim(DimMath.Add(
                DimMath.Mul(DimMath.Sub(input[i + 2], 1), window.Strides[i]),
                DimMath.Sub(window.Extent(i), DimMath.Of(window.Pads[i] + window.Pads[i + spatial]))));
        n.Set(0, new Shape(dims));
    }

    private static Shape Regions(NodeTyping n, Dim regions, (long Height, long Width) size) =>
        new(regions, n.Dim(0, 1), size.Height > 0 ? DimMath.Size(size.Height) : Dim.Unknown,
            size.Width > 0 ? DimMath.Size(size.Width) : Dim.Unknown);
}
