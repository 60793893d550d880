namespace GraphPartition.Operators.Families;

/// <summary>Reductions along axes: https://onnx.ai/onnx/operators/onnx__ReduceSum.html and its relatives.</summary>
internal static class Reduction
{
    /// <summary>The most numbers that are added in 16 bits. A kernel that adds in its own type loses up to 6 bits then.</summary>
    private const int MostAddedInLow = 64;

    private static readonly LowPrecision Short = new()
    {
        Risk = (n, _) => Length(n) switch
    {
        <= MostAddedInLow => null,
        { } length => $"it adds {length} numbers",
        null => "it adds an unknown count of numbers",
    }
    };

    private static readonly OperatorDefinition
        Common = Pure with { Work = Work.Reduction, Sizes = Rising },
        Along = Common with
        {
            Types = n => Reduce(n, null),
            Rows = Reduce,
            OrtCuda = ReadsSizes,
            Opsets = [new(18, e => ToInput(e, "axes", 1), ReduceToAttribute)],
        },
        OnMindSpore = Along with { MindSpore = new(Refusal: Known(1)) },
        Extreme = OnMindSpore with { LowPrecision = LowPrecision.Follows },
        Places = Common with
        {
            Types = ArgReduce,
            ReadsNumbers = true,
            Range = (n, _, _) => NumberFact.In(Ranges.Indices(n.Input(0), n.Attributes.Int("axis"))),
            Rows = n => Over(n, [n.Attributes.Int("axis")]),
            OrtCuda = OnDevice,
        };

    public static OperatorFamily Family => new()
    {
        ["ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare"] = Along,
        ["ReduceMean"] = OnMindSpore with { LowPrecision = Short },
        ["ReduceSum"] = OnMindSpore with
        {
            Types = n => Reduce(n, DimMath.Add),
            Sizes = ShapeSizes.Reduce((a, b) => a.Plus(b)),
            Range = Ranges.Sum,
            Opsets = [ToInput(13, "axes", 1)],
            LowPrecision = Short,
        },
        ["ReduceProd"] = OnMindSpore with
        {
            Types = n => Reduce(n, DimMath.Mul),
            Sizes = ShapeSizes.Reduce((a, b) => a.Times(b)),
            Rows = Product,
            TakesSizes = true,
        },
        ["ReduceMax"] = Extreme with { Types = n => Reduce(n, DimMath.Max), Range = Ranges.OfInput(0) },
        ["ReduceMin"] = Extreme with { Types = n => Reduce(n, DimMath.Min), Range = Ranges.OfInput(0) },
        ["ArgMax"] = Places with { Body = VectorBodies.Place("ArgMax") },
        ["ArgMin"] = Places with { Body = VectorBodies.Place("ArgMin") },
        [OrtDomain, "QLinearReduceMean"] = Common with
        {
            Types = ByAttribute,
            Work = Work.Elements,
            Body = QuantizationBodies.ReduceMean,
        },
        [OrtDomain, "ReduceSumInteger"] = Common with { Types = ByAttribute },
    };

    /// <summary>How many elements become one; null where that is not known.</summary>
    private static long? Length(Node node)
    {
        if (node.Input(0)?.Shape is not { } shape) return null;
        long[]? axes = node.Input(1) is { } given ? given.Data?.ToIntegers() : [];
        if (axes is null) return null;
        if (axes.Length == 0) return node.Attributes.Int("noop_with_empty_axes") != 0 ? 1 : shape.ElementCount;
        long length = 1;
        foreach (long axis in axes)
            if (BatchNode.Axis(axis, shape.Rank) is { } at && shape[at].IsKnown) length *= shape[at].Size;
            else return null;
        return length;
    }

    private static void Reduce(NodeTyping n, Func<Dim, Dim, Dim>? fold)
    {
        if (n.HasInts(1, "axes") && n.Ints(1, "axes") is null && !IsEmpty(n, 1))
        {
            if (n.Shape(0) is { } shape) n.Set(0, WithUnknownAxes(n, shape));
            return;
        }
        long[] axes = n.Ints(1, "axes") ?? [];
        if (axes.Length == 0 && n.Int("noop_with_empty_axes") != 0)
        {
            n.Set(0, n.Shape(0), n.Elements(0));
            return;
        }
        bool isOneValue = n.Shape(0) is { Rank: <= 1 };
        ImmutableArray<Dim>? elements = isOneValue && fold is not null && n.Elements(0) is { IsEmpty: false } e
            ? [e.Aggregate(fold)] : null;
        AlongAxes(n, axes, elements);
    }

    private static bool IsEmpty(NodeTyping n, int input) => n.Shape(input) is [var length] && length.Is(0);

    private static void ByAttribute(NodeTyping n) => AlongAxes(n, [.. n.Attributes.Ints("axes") is { IsDefault: false } a ? a : []]);

    /// <summary>No axes: all of them.</summary>
    private static void AlongAxes(NodeTyping n, long[] axes, ImmutableArray<Dim>? elements = null)
    {
        bool keep = n.Int("keepdims", 1) != 0;
        if (n.Shape(0) is not { } shape)
        {
            if (axes.Length == 0 && !keep) n.Set(0, Shape.Scalar);
            return;
        }
        if (n.Axes(axes, shape.Rank) is not { } reduced) return;
        if (axes.Length == 0) Array.Fill(reduced, true);
        n.Set(0, Without(shape, reduced, keep), elements);
    }

    private static Shape Without(Shape shape, bool[] reduced, bool keep)
    {
        var dims = ImmutableArray.CreateBuilder<Dim>(shape.Rank);
        for (int i = 0; i < shape.Rank; i++)
            if (!reduced[i]) dims.Add(shape[i]);
            else if (keep) dims.Add(1);
        return new(dims.ToImmutable());
    }

    /// <summary>Axes that are computed: at most the rank is known.</summary>
    private static Shape? WithUnknownAxes(NodeTyping n, Shape shape) =>
        n.Int("keepdims", 1) != 0 ? Shape.OfRank(shape.Rank)
        : n.Shape(1) is [{ IsKnown: true } count] && count.Size > 0 && count.Size <= shape.Rank ? Shape.OfRank(shape.Rank - (int)count.Size)
        : null;

    private static void ArgReduce(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", 0, Math.Max(1, shape.Rank)) is not { } axis) return;
        var reduced = new bool[shape.Rank];
        if (shape.Rank > 0) reduced[axis] = true;
        n.Set(0, Without(shape, reduced, n.Int("keepdims", 1) != 0));
    }

    private static BatchAnswer Reduce(BatchNode n)
    {
        long[]? axes = n.Integers("axes", 1, out bool given);
        if (given && axes is null) return n.In(0).HasRows ? "its axes are not known" : BatchFact.Fixed();
        if (axes!.Length > 0) return Over(n, axes);
        return n.Attributes.Int("noop_with_empty_axes") != 0 ? n.In(0) : Over(n, [.. Enumerable.Range(0, Math.Max(0, n.In(0).Rank))]);
    }

    /// <summary>The number of elements, as exporters count them.</summary>
    private static BatchAnswer Product(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Elements.IsDefault || x.Rank > 1 || n.Attributes.Int("noop_with_empty_axes") != 0)
            return x.CountsRows ? "it computes with the size of the batch" : Reduce(n);
        bool isScalar = x.Rank == 0 || n.Attributes.Int("keepdims", 1) == 0;
        return Extent.Product(x.Elements) is { } product ? BatchFact.Sizes([product], isScalar)
            : "its result is too large";
    }

    private static BatchAnswer Over(BatchNode n, ReadOnlySpan<long> axes)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return BatchFact.Fixed();
        var reduced = new HashSet<int>();
        foreach (long given in axes)
            if (BatchNode.Axis(given, x.Rank) is { } axis) reduced.Add(axis);
            else return "an axis is out of range";
        if (x.HasRows && reduced.Contains(x.Axis)) return "it reduces the axis of the batch";
        if (n.Attributes.Int("keepdims", 1) != 0)
            return BatchFact.Of(x.Axis, [.. x.Dims.Select((d, i) => reduced.Contains(i) ? Extent.One : d)]);
        return BatchFact.Of(x.HasRows ? x.Axis - reduced.Count(r => r < x.Axis) : -1, [.. x.Dims.Where((_, i) => !reduced.Contains(i))]);
    }

    /// <summary>Reductions before opset 18 (ReduceSum before 13) have their axes as an attribute.</summary>
    private static string? ReduceToAttribute(NodeEdit edit)
    {
        bool noop = edit.Take("noop_with_empty_axes") is IntAttribute { Value: not 0 };
        long[]? axes = edit.Input(1) is null ? [] : edit.KnownIntegers(1);
        if (axes is null) return "the axes are computed";
        if (axes.Length == 0 && noop) return "noop_with_empty_axes = 1";
        if (axes.Length > 0) edit.Set("axes", axes);
        edit.SetInput(1, null);
        return null;
    }
}
