namespace GraphPartition.Operators.Families;

/// <summary>Pooling: https://onnx.ai/onnx/operators/onnx__MaxPool.html and its relatives.</summary>
internal static class Pooling
{
    /// <summary>cuDNN and TensorRT sum a window in FP32; 2,048 is where a sum in FP16 would stop to grow.</summary>
    private static readonly LowPrecision Means = new()
    {
        Risk = (n, _) => n.Op.Is("GlobalAveragePool") && n.Input(0)?.Shape is { Rank: > 2 } shape
            && new Shape(shape.Dims[2..]).ElementCount is > 2048 and var count ? $"it averages {count} numbers" : null,
    };

    private static readonly OperatorDefinition
        Common = Pure with { Types = Pool, Sizes = Rising },
        Windows = Common with { Check = NodeChecks.Pool, Work = Work.Of(WindowSum), Rows = Each(0), OrtCuda = OnDevice },
        Whole = Windows with { Check = null, Types = Global, Work = Work.Reduction },
        OfRegions = Common with { Rows = Unless("it takes regions of the whole batch by number"), TakesSizes = true, OrtCuda = OnDevice };

    public static OperatorFamily Family => new()
    {
        ["AveragePool"] = Windows with
        {
            LowPrecision = Means,
            Opsets = [Adds(19, WithoutDilations)],
            MindSpore = new("AvgPool", OnMindSpore),
        },
        ["LpPool"] = Windows with { OrtCuda = null, Opsets = [Adds(18, WithoutDilations)] },
        ["MaxPool"] = Windows with { LowPrecision = LowPrecision.Follows, Rows = MaxPool, MindSpore = new("MaxPool", OnMindSpore) },
        ["GlobalAveragePool"] = Whole with { LowPrecision = Means, MindSpore = new("ReduceMean") },
        ["GlobalMaxPool"] = Whole with { LowPrecision = LowPrecision.Follows, MindSpore = new("ReduceMax") },
        ["GlobalLpPool"] = Whole,
        ["MaxUnpool"] = Common with
        {
            Types = MaxUnpool,
            Rows = Unless("its places count from the start of the batch"),
            TakesSizes = true,
            OrtCuda = OnDevice,
        },
        ["MaxRoiPool"] = OfRegions with
        {
            OrtCuda = null,
            Types = n => n.Set(0, Regions(n, n.Dim(1, 0),
                n.Attributes.Ints("pooled_shape") is { IsDefault: false } and [var h, var w] ? (h, w) : default)),
        },
        ["RoiAlign"] = OfRegions with
        {
            Types = n => n.Set(0, Regions(n, n.Dim(1, 0), (n.Int("output_height", 1), n.Int("output_width", 1)))),
            Check = NodeChecks.RoiAlign,
            Opsets = [new(16, FromShiftedRoiAlign, ToShiftedRoiAlign)],
        },
        [OrtDomain, "MaxpoolWithMask"] = Common,
        [OrtDomain, "NhwcMaxPool"] = Common with { Types = NhwcPool },
        [OrtDomain, "QLinearAveragePool"] = Common with
        {
            Rows = Each(0),
            Body = QuantizationBodies.OfOne(
                "AveragePool", "auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"),
        },
        [OrtDomain, "QLinearGlobalAveragePool"] = Common with
        {
            Types = Global,
            Rows = Each(0),
            Body = QuantizationBodies.OfOne("GlobalAveragePool"),
        },
        [Blocked, "AveragePool MaxPool"] = Common with { Types = null, Work = Work.Of(WindowSum) },
        [Blocked, "GlobalAveragePool GlobalMaxPool"] = Common with { Types = null, Work = Work.Reduction },
    };

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

    private static double WindowSum(Node node)
    {
        double window = 1;
        foreach (long size in node.Attributes.Ints("kernel_shape") is { IsDefault: false } sizes ? sizes : []) window *= size;
        return window * Work.Count(node.Output(0));
    }

    private static BatchAnswer MaxPool(BatchNode n) =>
        n.Node.Output(1) is not null && n.In(0).HasRows ? "its second output counts elements from the start of the batch"
            : Each(n, [0]);

    /// <summary>RoiAlign before opset 16 has no half-pixel shift.</summary>
    private static string? FromShiftedRoiAlign(NodeEdit edit)
    {
        edit.Set("coordinate_transformation_mode", "output_half_pixel");
        return null;
    }

    private static string? ToShiftedRoiAlign(NodeEdit edit)
    {
        string mode = (edit.Take("coordinate_transformation_mode") as StringAttribute)?.Text ?? "half_pixel";
        return mode == "output_half_pixel" ? null : $"coordinate_transformation_mode = \"{mode}\"";
    }

    private static string? OnMindSpore(Node node) => OfImages(node) ?? (node.Output(1) is not null ? "it gives indices" : null);
}
