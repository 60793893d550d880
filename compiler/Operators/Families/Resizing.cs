namespace GraphPartition.Operators.Families;

/// <summary>Resizing, sampling and decoding of images.</summary>
internal static class Resizing
{
    private static readonly OperatorDefinition Common = Pure with { Sizes = Rising, OrtCuda = OnDevice };

    public static OperatorFamily Family => new()
    {
        ["Resize"] = Common with
        {
            Types = Resize,
            Check = NodeChecks.Resize,
            Sizes = ShapeSizes.Resize,
            LowPrecision = LowPrecision.Follows with { FullInputs = [1, 2] },
            Work = Work.Of(n => 8 * Work.Count(n.Output(0))),
            Rows = Resize,
            TakesSizes = true,
            OrtCuda = ReadsSizes,
            Opsets = [new(11, FromFirstResize), new(13, WithoutEmptyInputs)],
        },
        ["Upsample"] = Common with
        {
            Types = n => Scale(n, n.Has(1) ? Floats(n, 1) : FloatList(n, "scales"), null),
            OrtCuda = ReadsSizes,
            Opsets = [ToInput(9, "scales", 1), new(10, FromUpsample)],
        },
        ["GridSample"] = Common with
        {
            Types = GridSample,
            Check = NodeChecks.GridSample,
            Work = Taps,
            Rows = Each(0, 1),
            Opsets = [new(20, FromOldGridSample, ToOldGridSample)],
        },
        ["AffineGrid"] = Common with { Types = AffineGrid, Rows = AffineGrid, TakesSizes = true },
        ["ImageDecoder"] = Pure with
        {
            Types = n => n.Set(0, ElementType.UInt8,
                new Shape(n.FreshSymbol(), n.FreshSymbol(), n.Attributes.Text("pixel_format", "RGB") == "Grayscale" ? 1 : 3)),
        },
        [OrtDomain, "GridSample"] = Pure with { Types = GridSample, Work = Taps, Rows = Each(0, 1) },
        [OrtDomain, "CropAndResize"] = Pure with
        {
            Types = n => n.Set(0, new Shape(
                [n.Dim(1, 0), n.Dim(0, 1), .. Reshaping.ShapeFrom(n, 3) is { Rank: 2 } size ? size : Shape.OfRank(2)])),
        },
    };

    private static Work Taps => Work.Of(n => 16 * Work.Count(n.Output(0)));

    /// <summary>Sizes, or floor(input * scale): https://onnx.ai/onnx/operators/onnx__Resize.html.</summary>
    private static void Resize(NodeTyping n)
    {
        CheckTarget(n);
        if (n.Shape(0) is not { } shape) return;
        bool isOldest = n.InputCount == 2; // opset 10: X, scales
        ImmutableArray<long> axes = n.Attributes.Ints("axes");
        if (axes.IsDefault) axes = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        if (n.Has(3)) ToSizes(n, shape, axes);
        else Scale(n, Floats(n, isOldest ? 1 : 2), axes);
    }

    /// <summary>From opset 11 on, exactly one of 'scales' (input 2) and 'sizes' (input 3) is given. An empty tensor is as none.</summary>
    private static void CheckTarget(NodeTyping n)
    {
        if (n.InputCount <= 2 || Given(2) is not { } scales || Given(3) is not { } sizes) return;
        if (scales && sizes) n.Report(OperatorCodes.WrongInputs, "'scales' and 'sizes' are given; expected one of them");
        else if (!scales && !sizes) n.Report(OperatorCodes.WrongInputs, "neither 'scales' nor 'sizes' is given; expected one of them");

        bool? Given(int input) => !n.Has(input) ? false : n.Dim(input, 0) is { IsKnown: true } length ? !length.Is(0) : null;
    }

    private static void ToSizes(NodeTyping n, Shape shape, ImmutableArray<long> axes)
    {
        if (n.Elements(3) is not { } sizes || sizes.Length != axes.Length)
        {
            if (n.Elements(3) is { } wrong) n.Contradiction($"{wrong.Length} sizes are given for {axes.Length} axes");
            n.Set(0, OnlyOther(n, shape, axes));
            return;
        }
        double? scale = CommonScale(n, shape, axes, sizes);
        string policy = n.Attributes.Text("keep_aspect_ratio_policy", "stretch");
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
            if (n.Axis(axes[i], shape.Rank) is { } axis)
                dims[axis] = policy == "stretch" ? DimMath.AsDim(sizes[i])
                    : scale is { } s ? DimMath.Size((long)Math.Floor(s * shape[axis].Size + 0.5)) : Dim.Unknown;
        n.Set(0, new Shape(dims));
    }

    /// <summary>Under not_larger and not_smaller one scale holds for all axes: the smallest or the largest of size / input.</summary>
    private static double? CommonScale(NodeTyping n, Shape shape, ImmutableArray<long> axes, ImmutableArray<Dim> sizes)
    {
        bool isSmallest = n.Attributes.Text("keep_aspect_ratio_policy") == "not_larger";
        double? common = null;
        for (int i = 0; i < axes.Length; i++)
        {
            Dim size = n.Axis(axes[i], shape.Rank) is { } axis ? shape[axis] : Dim.Unknown;
            if (!size.IsKnown || size.Size == 0 || !sizes[i].IsKnown) return null;
            double scale = (double)sizes[i].Size / size.Size;
            common = common is not { } c ? scale : isSmallest ? Math.Min(c, scale) : Math.Max(c, scale);
        }
        return common;
    }

    private static void Scale(NodeTyping n, double[]? scales, ImmutableArray<long>? given)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<long> axes = given ?? [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        if (scales is null || scales.Length != axes.Length)
        {
            if (scales is not null) n.Contradiction($"{scales.Length} scales are given for {axes.Length} axes");
            n.Set(0, OnlyOther(n, shape, axes));
            return;
        }
        double[]? region = n.Attributes.Text("coordinate_transformation_mode") == "tf_crop_and_resize" ? Floats(n, 1) : null;
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
        {
            if (n.Axis(axes[i], shape.Rank) is not { } axis) continue;
            double part = region?.Length == 2 * axes.Length ? region[i + axes.Length] - region[i] : 1;
            dims[axis] = Scaled(dims[axis], part, (float)scales[i]);
        }
        n.Set(0, new Shape(dims));
    }

    private static Dim Scaled(Dim size, double part, float scale)
    {
        if (size.IsKnown) return DimMath.Size((long)Math.Floor(size.Size * part * scale));
        if (part != 1 || scale <= 0) return Dim.Unknown;
        return scale == MathF.Floor(scale) ? DimMath.Mul(size, DimMath.Size((long)scale)) : Dim.Unknown;
    }

    private static Shape OnlyOther(NodeTyping n, Shape shape, ImmutableArray<long> axes)
    {
        Dim[] dims = [.. shape];
        foreach (long a in axes)
            if (n.Axis(a, shape.Rank) is { } axis) dims[axis] = Dim.Unknown;
        return new(dims);
    }

    private static double[]? Floats(NodeTyping n, int input) =>
        ConstantNumbers.Floats(n.Node.Input(input)?.Data)
        ?? (n.Ints(input) is { } whole ? [.. whole.Select(w => (double)w)] : null);

    private static double[]? FloatList(NodeTyping n, string name) =>
        n.Attributes.Floats(name) is { IsDefault: false } list ? [.. list.Select(f => (double)f)] : null;

    /// <summary>X is [N, C, d1, ...], the grid [N, d1', ..., r], the output [N, C, d1', ...].</summary>
    private static void GridSample(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: >= 3 } x) return;
        if (n.Shape(1) is { } grid && grid.Rank != x.Rank) n.Contradiction($"the input {x} and the grid {grid} must be of one rank");
        else n.Set(0, n.Element(0), n.Shape(1) is { } g ? new Shape([x[0], x[1], .. g.Dims[1..^1]])
            : Shape.OfRank(x.Rank).With(0, x[0]).With(1, x[1]));
    }

    /// <summary>size is [N, C, d1, ...], the output [N, d1, ..., r].</summary>
    private static void AffineGrid(NodeTyping n)
    {
        if (Reshaping.ShapeFrom(n, 1) is { Rank: >= 4 } size) n.Set(0, new Shape([size[0], .. size.Dims[2..], size.Rank - 2]));
    }

    private static BatchAnswer Resize(BatchNode n)
    {
        BatchFact x = n.In(0), sizes = n.In(3);
        if (x.CountsRows || n.WhyNotFixed(1, 2) is not null || sizes.HasRows) return "how it resizes depends on the batch";
        if (!x.HasRows) return sizes.IsFixed ? BatchFact.Fixed() : "how it resizes depends on the batch";
        if (n.Attributes.Text("coordinate_transformation_mode") == "tf_crop_and_resize") return "it may take a part of the batch";
        int at = n.Attributes.Ints("axes") is { IsDefault: false } axes
            ? Array.FindIndex([.. axes], a => BatchNode.Axis(a, x.Rank) == x.Axis)
            : x.Axis;
        bool isLeftAlone = at < 0 || (n.Has(3) ? IsOwnSize(sizes.Elements, at, x.Dims[x.Axis])
            : ConstantNumbers.Floats(n.Node.Input(2)?.Data) is { } scales && at < scales.Length && scales[at] == 1);
        if (!isLeftAlone || n.Attributes.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
            return "it cannot be shown to leave the batch alone";
        if (!sizes.Elements.IsDefault && sizes.Elements.Where((s, i) => i != at).Any(s => s.HasBatch))
            return "it resizes by the size of the batch";
        return BatchFact.Rows(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }

    private static bool IsOwnSize(ImmutableArray<Extent> sizes, int at, Extent own) =>
        !sizes.IsDefault && at < sizes.Length && sizes[at] == own;

    /// <summary>A grid for each sample; its sizes begin with the number of samples.</summary>
    private static BatchAnswer AffineGrid(BatchNode n)
    {
        (BatchFact theta, ImmutableArray<Extent> sizes) = (n.In(0), n.In(1).Elements);
        if (!theta.HasRows) return n.In(1).IsFixed ? BatchFact.Fixed() : "its size depends on the batch, its transformations do not";
        bool isOfSamples = theta.Axis == 0 && IsOwnSize(sizes, 0, theta.Dims[0]) && !sizes.Skip(1).Any(s => s.HasBatch);
        return isOfSamples ? BatchFact.Rows(0, [theta.Dims[0], .. sizes.Skip(1).Select(_ => n.Fresh())])
            : "it has not one grid for each sample";
    }

    /// <summary>Modes have other names since opset 20; the default is the same.</summary>
    private static string? FromOldGridSample(NodeEdit edit)
    {
        switch (edit.Attributes.Text("mode"))
        {
            case "bilinear": edit.Take("mode"); break;
            case "bicubic": edit.Set("mode", "cubic"); break;
        }
        return null;
    }

    /// <summary>GridSample before opset 20 has other names of modes, and two spatial dimensions.</summary>
    private static string? ToOldGridSample(NodeEdit edit)
    {
        if (edit.Shape(0) is { Rank: > 4 } shape) return $"the rank is {shape.Rank}";
        string mode = edit.Attributes.Text("mode", "linear");
        edit.Set("mode", mode switch { "linear" => "bilinear", "cubic" => "bicubic", _ => mode });
        return null;
    }

    /// <summary>Upsample became Resize. It scales up with coordinates without an offset, and takes the sample on the left.</summary>
    private static string? FromUpsample(NodeEdit edit)
    {
        SetOldMeaning(edit, "floor");
        edit.Op = "Resize";
        edit.SetInputs(edit.Input(0), null, edit.Input(1));
        return null;
    }

    /// <summary>
    /// Resize of opset 10 does not define rounding; ONNX Runtime, whose kernel is the oldest, takes the sample on the left when it
    /// scales up and the one on the right when it scales down.
    /// </summary>
    private static string? FromFirstResize(NodeEdit edit)
    {
        bool up = false, down = false;
        if (edit.Input(1)?.Data is { Element: ElementType.Float32 } scales)
            foreach (float scale in scales.As<float>())
            {
                up |= scale > 1;
                down |= scale < 1;
            }
        if (up && down && edit.Attributes.Text("mode", "nearest") == "nearest") return "it scales up and down at once, to the nearest";
        SetOldMeaning(edit, down ? "ceil" : "floor");
        edit.SetInputs(edit.Input(0), null, edit.Input(1));
        return null;
    }

    /// <summary>Until opset 13 an unused input was an empty tensor; roi is used in one mode only.</summary>
    private static string? WithoutEmptyInputs(NodeEdit edit)
    {
        string mode = edit.Attributes.Text("coordinate_transformation_mode", "half_pixel");
        if (mode == "tf_half_pixel_for_nn" && !ShiftToHalfPixel(edit)) return $"coordinate_transformation_mode = \"{mode}\"";
        bool sizes = edit.Input(3) is not null;
        if (sizes && IsEmpty(edit.Input(2))) edit.SetInput(2, null);
        if (mode != "tf_crop_and_resize") edit.SetInput(1, null);
        return null;
    }

    /// <summary>
    /// tf_half_pixel_for_nn samples at z = (x + 0.5) / scale, half a pixel behind half_pixel's h = z - 0.5. For the nearest sample
    /// that is another rounding of h: floor(z) = floor(h + 0.5), and z rounded with ties down is ceil(z - 0.5) = ceil(h).
    /// </summary>
    private static bool ShiftToHalfPixel(NodeEdit edit)
    {
        if (edit.Attributes.Text("mode", "nearest") != "nearest") return false;
        string? rounding = edit.Attributes.Text("nearest_mode", "round_prefer_floor") switch
        {
            "floor" => "round_prefer_ceil",
            "round_prefer_floor" => "ceil",
            _ => null,
        };
        if (rounding is null) return false;
        edit.Set("coordinate_transformation_mode", "half_pixel");
        edit.Set("nearest_mode", rounding);
        return true;
    }

    private static void SetOldMeaning(NodeEdit edit, string nearest)
    {
        edit.Set("coordinate_transformation_mode", "asymmetric");
        if (edit.Attributes.Text("mode", "nearest") == "nearest") edit.Set("nearest_mode", nearest);
    }

    private static bool IsEmpty(Value? value) => value?.Shape is { Rank: 1 } shape && shape[0].Is(0);
}
