namespace GraphPartition.Operators.Families;

/// <summary>Operators that pick, place, pad, sort or count elements.</summary>
internal static class Indexing
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(Elementwise.SameAsFirst,
            "CumSum", "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "TensorScatter", "Trilu"),
        .. OperatorRow.In("com.microsoft", Elementwise.SameAsFirst, "Trilu"),
        new("Gather", Gather),
        new("GatherElements", n => n.Set(0, n.Shape(1))),
        new("GatherND", n => GatherNd(n, n.Int("batch_dims"))),
        new(new("com.microsoft", "GatherND"), n => GatherNd(n, 0)),
        new(new("com.microsoft", "GatherBlockQuantized"), GatherBlockQuantized),
        new("Slice", Slice.Infer),
        new("Pad", Pad),
        new(new("com.microsoft", "Pad"), Pad),
        new("CenterCropPad", CenterCropPad),
        new("TopK", TopK),
        new("OneHot", OneHot),
        new("NonZero", n => n.Set(0, new Shape(n.Shape(0) is { Rank: > 0 } s ? s.Rank : Dim.Unknown, n.FreshSymbol()))),
        new("Compress", Compress),
        new("Unique", Unique),
        new(new("com.microsoft", "Unique"), UniqueOfVector),
    ];

    private static void Gather(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Axis("axis", 0, data.Rank) is not { } axis) return;
        if (n.Shape(1) is not { } indices) return;
        ImmutableArray<Dim>? elements = data.Rank == 1 && n.Elements(0) is { } from && n.Ints(1) is { } at ? Picked(from, at) : null;
        n.Set(0, new Shape([.. data.Dims[..axis], .. indices, .. data.Dims[(axis + 1)..]]), elements);
    }

    private static ImmutableArray<Dim>? Picked(ImmutableArray<Dim> from, long[] at)
    {
        var picked = new Dim[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            long index = at[i] < 0 ? at[i] + from.Length : at[i];
            if (index < 0 || index >= from.Length) return null;
            picked[i] = from[(int)index];
        }
        return [.. picked];
    }

    /// <summary>indices.shape[:-1] + data.shape[batch + indices.shape[-1]:].</summary>
    private static void GatherNd(NodeTyping n, long batch)
    {
        if (n.Shape(0) is not { } data || n.Shape(1) is not { Rank: > 0 } indices || !indices[^1].IsKnown) return;
        if (batch < 0 || batch > data.Rank || indices[^1].Size > data.Rank - batch)
        {
            n.Contradiction(
                $"the indices {indices} address {indices[^1]} dimensions after {batch} of the batch, the data {data} have {data.Rank}");
            return;
        }
        n.Set(0, new Shape([.. indices.Dims[..^1], .. data.Dims[(int)(batch + indices[^1].Size)..]]));
    }

    private static void GatherBlockQuantized(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Axis("gather_axis", 0, data.Rank) is not { } axis || n.Shape(1) is not { } indices) return;
        Shape shape = new([.. data.Dims[..axis], .. indices, .. data.Dims[(axis + 1)..]]);
        if (n.Element(0) == ElementType.UInt8 && n.Int("bits", 4) is > 0 and < 8 and var bits) // packed along the last axis
            shape = shape.With(shape.Rank - 1, DimMath.Mul(shape[^1], 8 / bits));
        n.Set(0, shape);
    }

    private static void Pad(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<Dim>? pads = n.Has(1) ? n.Elements(1)
            : n.Attributes.Ints("pads") is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;
        long[]? axes = n.Has(3) ? n.Ints(3) : [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        if (pads is not { } p || axes is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        if (p.Length != 2 * axes.Length)
        {
            n.Contradiction($"{p.Length} pads are given for {axes.Length} axes, expected {2 * axes.Length}");
            return;
        }
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
            if (n.Axis(axes[i], shape.Rank) is { } axis)
                dims[axis] = DimMath.AsDim(DimMath.Add(dims[axis], DimMath.Add(p[i], p[i + axes.Length])));
        n.Set(0, new Shape(dims));
    }

    private static void CenterCropPad(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<long> axes = n.Attributes.Ints("axes");
        if (axes.IsDefault) axes = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
            if (n.Axis(axes[i], shape.Rank) is { } axis)
                dims[axis] = i < n.Elements(1)?.Length ? DimMath.AsDim(n.Elements(1)!.Value[i]) : Dim.Unknown;
        n.Set(0, new Shape(dims));
    }

    private static void TopK(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank) is not { } axis) return;
        Dim k = n.Elements(1) is [var given] ? DimMath.AsDim(given) : n.Attributes.Has("k") ? n.SizeAttribute("k") : Dim.Unknown;
        if (k.IsKnown && shape[axis].IsKnown && k.Size > shape[axis].Size)
            n.Contradiction($"the {k} largest of dimension {axis} of {shape} are asked for");
        Shape result = shape.With(axis, k);
        n.Set(0, result);
        n.Set(1, ElementType.Int64, result);
    }

    private static void OneHot(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank + 1) is not { } axis) return;
        n.Set(0, new Shape(shape.Dims.Insert(axis, n.Elements(1) is [var depth] ? DimMath.AsDim(depth) : Dim.Unknown)));
    }

    private static void Compress(NodeTyping n)
    {
        Dim count = n.Ints(1) is { } condition ? condition.Count(c => c != 0) : n.FreshSymbol();
        if (!n.Attributes.Has("axis")) n.Set(0, new Shape(count));
        else if (n.Shape(0) is { } shape && n.Axis("axis", 0, shape.Rank) is { } axis) n.Set(0, shape.With(axis, count));
    }

    private static void Unique(NodeTyping n)
    {
        Dim count = n.FreshSymbol();
        Shape? shape = n.Shape(0);
        if (!n.Attributes.Has("axis"))
        {
            n.Set(0, new Shape(count));
            n.Set(2, new Shape(shape is null ? Dim.Unknown : DimMath.Product(shape.Dims.AsSpan())));
        }
        else if (shape is not null && n.Axis("axis", 0, shape.Rank) is { } axis)
        {
            n.Set(0, shape.With(axis, count));
            n.Set(2, new Shape(shape[axis]));
        }
        n.Set(1, new Shape(count));
        n.Set(3, new Shape(count));
    }

    /// <summary>ONNX Runtime's older form, on vectors: the values, for each element its place among them, and their counts.</summary>
    private static void UniqueOfVector(NodeTyping n)
    {
        Dim count = n.FreshSymbol();
        n.Set(0, new Shape(count));
        n.Set(1, new Shape(n.Dim(0, 0)));
        n.Set(2, new Shape(count));
    }
}
