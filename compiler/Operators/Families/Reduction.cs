namespace GraphPartition.Operators.Families;

/// <summary>Reductions along axes: https://onnx.ai/onnx/operators/onnx__ReduceSum.html and its relatives.</summary>
internal static class Reduction
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(n => Reduce(n, null),
            "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean", "ReduceSumSquare"),
        new("ReduceSum", n => Reduce(n, DimMath.Add)),
        new("ReduceProd", n => Reduce(n, DimMath.Mul)),
        new("ReduceMax", n => Reduce(n, DimMath.Max)),
        new("ReduceMin", n => Reduce(n, DimMath.Min)),
        .. OperatorRow.Of(ArgReduce, "ArgMax", "ArgMin"),
        .. OperatorRow.In("com.microsoft", n => Along(n, [.. n.Attributes.Ints("axes") is { IsDefault: false } a ? a : []]),
            "QLinearReduceMean", "ReduceSumInteger"),
    ];

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
        Along(n, axes, elements);
    }

    private static bool IsEmpty(NodeTyping n, int input) => n.Shape(input) is [var length] && length.Is(0);

    /// <summary>No axes: all of them.</summary>
    private static void Along(NodeTyping n, long[] axes, ImmutableArray<Dim>? elements = null)
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
}
