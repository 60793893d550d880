namespace GraphPartition.Operators.Families;

/// <summary>Convolutions: https://onnx.ai/onnx/operators/onnx__Conv.html and its relatives.</summary>
internal static class Convolution
{
    private static readonly OperatorDefinition
        Common = Pure with { Types = n => Conv(n, 0, 1), Sizes = Rising },
        Samples = Common with { LowPrecision = LowPrecision.Faster, Work = Terms(weights: 1), Rows = Each(0), OrtCuda = OnDevice };

    public static OperatorFamily Family => new()
    {
        ["Conv"] = Samples with
        {
            Check = NodeChecks.Conv,
            OrtCuda = new() { DependsOnShape = true },
            MindSpore = new("Conv2D BiasAdd", n => OfImages(n) ?? Known(1)(n)),
        },
        ["ConvTranspose"] = Samples with
        {
            Types = n => ConvTranspose(n, null),
            Check = NodeChecks.ConvTranspose,
            OrtCuda = new() { DependsOnShape = true },
            Work = Work.Of(n => 2 * Work.Count(n.Input(0)) * Work.Count(n.Input(1)) / Work.Size(n.Input(1), 0)),
            MindSpore = new("Conv2DBackpropInput BiasAdd", n => OfImages(n) ?? Known(1)(n)),
        },
        ["ConvInteger"] = Samples with { Check = NodeChecks.ConvInteger, Body = IntegerBodies.ConvInteger },
        ["QLinearConv"] = Samples with
        {
            OrtCuda = null,
            Types = n => Conv(n, 0, 3),
            Check = NodeChecks.QLinearConv,
            Work = Terms(weights: 3),
            Body = IntegerBodies.QLinearConv,
        },
        ["DeformConv"] = Samples with
        {
            Check = NodeChecks.DeformConv,
            LowPrecision = null,
            Rows = Each(0, 2, 4), // the offsets and the mask are of each sample
        },
        ["CausalConvWithState"] = Common with { Types = CausalConv, Body = ConvolutionBodies.CausalConvWithState },
        ["Col2Im"] = Samples with { OrtCuda = null, LowPrecision = null, Types = Col2Im, Sizes = null, Work = Work.Elements },
        [OrtDomain, "FusedConv"] = Common with
        {
            Check = NodeChecks.Conv,
            LowPrecision = LowPrecision.Faster,
            Rows = Each(0, 3),
            Body = MatrixBodies.FusedConv,
        },
        [OrtDomain, "QLinearConv"] = Common with
        {
            Types = n => Conv(n, 0, 3),
            Work = Terms(weights: 3),
            Rows = Each(0),
            Body = IntegerBodies.QLinearConv,
        },
        [OrtDomain, "NhwcConv NhwcFusedConv"] = Common with { Types = NhwcConv },
        [OrtDomain, "ConvTransposeWithDynamicPads"] = Common with
        {
            Types = n => ConvTranspose(n, n.Has(2) ? n.Ints(2) ?? [] : null),
            Sizes = null, // larger pads give less
        },
        [OrtDomain, "CausalConvWithState"] = Common with { Types = Elementwise.SameAsFirst },
        [Blocked, "Conv"] = Common with { Types = null, Work = Terms(weights: 1) },
        [Blocked, "ReorderInput ReorderOutput Upsample"] = Pure,
    };

    /// <summary>Each element of the output sums over one filter: all of the weights but their first dimension.</summary>
    private static Work Terms(int weights) =>
        Work.Of(n => 2 * Work.Count(n.Output(0)) * Work.Count(n.Input(weights)) / Work.Size(n.Input(weights), 0));

    /// <summary>The output has the input's shape [B, C, L]; the state is [B, C, K - 1].</summary>
    private static void CausalConv(NodeTyping n)
    {
        n.Set(0, n.Shape(0));
        if (n.Shape(0) is { Rank: 3 } x)
            n.Set(1, new Shape(x[0], x[1], n.Dim(1, 2) is { IsKnown: true } k ? DimMath.Size(k.Size - 1) : Dim.Unknown));
    }

    /// <summary>X is [N, C, spatial...], W is [M, C/group, kernel...], the output [N, M, spatial'...].</summary>
    private static void Conv(NodeTyping n, int x, int w)
    {
        if (n.Int("channels_last") != 0)
        {
            if (n.Shape(x) is { } s) n.Set(0, Shape.OfRank(s.Rank));
            return;
        }
        if (n.Shape(x) is not { } input)
        {
            if (n.Shape(w) is { Rank: >= 3 } known) n.Set(0, Shape.OfRank(known.Rank).With(1, known[0]));
            return;
        }
        Shape? weight = n.Shape(w);
        if (input.Rank < 2 || (weight is not null && weight.Rank != input.Rank))
        {
            n.Contradiction($"the input {input} and the weight {weight} must be of one rank of at least 3");
            return;
        }
        long group = n.Int("group", 1);
        if (weight is not null && DimMath.Mul(weight[1], DimMath.Size(group)) is { IsKnown: true } channels
            && input[1].IsKnown && channels != input[1])
            n.Contradiction($"the input {input} has {input[1]} channels, the weight {weight} with {group} groups takes {channels}");
        if (Window.Of(n, input.Rank - 2, weight is null ? null : weight.Dims[2..]) is not { } window) return;
        n.Set(0, new Shape([input[0], weight?[0] ?? Dim.Unknown, .. window.Slide(n, input.Dims.AsSpan()[2..])]));
    }

    /// <summary>
    /// out = stride*(in - 1) + output_padding + (kernel - 1)*dilation + 1 - pads; output_shape and SAME padding replace the formula.
    /// </summary>
    /// <param name="n">The node.</param>
    /// <param name="given">Padding that is not an attribute; empty where it is not known.</param>
    private static void ConvTranspose(NodeTyping n, long[]? given)
    {
        if (n.Shape(0) is not { Rank: >= 3 } input) return;
        Shape? weight = n.Shape(1);
        if (weight is not null && weight.Rank != input.Rank)
        {
            n.Contradiction($"the input {input} and the weight {weight} must be of one rank");
            return;
        }
        if (weight is not null) n.Same(input[1], weight[0], "the input's channels and the weight's first dimension");
        int spatial = input.Rank - 2;
        if (Window.Of(n, spatial, weight is null ? null : weight.Dims[2..]) is not { } window) return;
        ImmutableArray<long> shape = n.Attributes.Ints("output_shape"), padding = n.Attributes.Ints("output_padding");
        var dims = new Dim[input.Rank];
        dims[0] = input[0];
        dims[1] = weight is null ? Dim.Unknown : DimMath.Mul(weight[1], n.SizeAttribute("group", 1));
        for (int i = 0; i < spatial; i++)
        {
            Dim size = input[i + 2];
            if (!shape.IsDefault) dims[i + 2] = shape.Length >= spatial ? DimMath.Size(shape[shape.Length - spatial + i]) : Dim.Unknown;
            else if (window.IsSame) dims[i + 2] = DimMath.Mul(size, window.Strides[i]);
            else if (given is null || given.Length == 2 * spatial)
                dims[i + 2] = DimMath.AsDim(DimMath.Add(
                    DimMath.Mul(DimMath.Sub(size, 1), window.Strides[i]),
                    DimMath.Add(window.Extent(i), DimMath.Of(Extra(i) - (given ?? window.Pads)[i] - (given ?? window.Pads)[i + spatial]))));
        }
        n.Set(0, new Shape(dims));

        long Extra(int axis) => !padding.IsDefault && axis < padding.Length ? padding[axis] : 0;
    }

    /// <summary>Columns back to an image: [N, C * block, L] to [N, C, image...].</summary>
    private static void Col2Im(NodeTyping n)
    {
        if (Reshaping.ShapeFrom(n, 1) is not { } image) return;
        Dim block = n.Elements(2) is { } b ? DimMath.Product(b.AsSpan()) : Dim.Unknown;
        n.Set(0, new Shape([n.Dim(0, 0), DimMath.Div(n.Dim(0, 1), block), .. image]));
    }

    /// <summary>ONNX Runtime's channels-last convolution: X is [N, spatial..., C], W as in Conv.</summary>
    private static void NhwcConv(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: >= 3 } input || n.Shape(1) is not { } weight || weight.Rank != input.Rank) return;
        if (Window.Of(n, input.Rank - 2, weight.Dims[2..]) is not { } window) return;
        n.Set(0, new Shape([input[0], .. window.Slide(n, input.Dims.AsSpan()[1..^1]), weight[0]]));
    }
}
