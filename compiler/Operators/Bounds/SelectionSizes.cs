namespace GraphPartition.Operators.Bounds;

/// <summary>Sizes of operators that find, pick or count elements. Their number is known only in a run.</summary>
internal static class SelectionSizes
{
    /// <summary>A column for each element that is not zero, a row for each dimension.</summary>
    public static void NonZero(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes) return;
        IntegerRange? most = sizes.Aggregate<IntegerRange?, IntegerRange?>(new(0, 0), (a, d) => a is { } x && d is { } y ? x.Or(y) : null);
        n.Set(0, [Only(sizes.Count), UpTo(n.Count(0))], numbers: most is { } m ? new(0, Math.Max(0, m.Most - 1)) : null);
    }

    /// <summary>At most as many as the condition has elements, and as there are along the axis, or in all without one.</summary>
    public static void Compress(BoundsNode n)
    {
        IntegerRange? conditions = n.Count(1);
        if (!n.Node.Attributes.Has("axis")) n.Set(0, [UpTo(Smaller(n.Count(0), conditions))]);
        else if (n.In(0).Sizes is { } sizes && BoundsNode.Axis(n.Node.Attributes.Int("axis"), sizes.Count) is { } axis)
            n.Set(0, With(sizes, axis, UpTo(Smaller(sizes[axis], conditions))));
    }

    /// <summary>At least one if there is any, at most all.</summary>
    public static void Unique(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes) return;
        int? axis = n.Node.Attributes.Has("axis") ? BoundsNode.Axis(n.Node.Attributes.Int("axis"), sizes.Count) : null;
        if (axis is null && n.Node.Attributes.Has("axis")) return;
        IntegerRange? all = axis is { } a ? sizes[a] : n.Count(0);
        IntegerRange? found = all is { } c ? new(Math.Min(1, c.Least), c.Most) : null;
        IntegerRange? places = all is { } p ? new(0, Math.Max(0, p.Most - 1)) : null;
        n.Set(0, axis is { } at ? With(sizes, at, found) : [found], null, n.Numbers(0));
        n.Set(1, [found], null, places);
        n.Set(2, [all], null, places);
        n.Set(3, [found], null, all is { } most ? new(Math.Min(1, most.Most), most.Most) : null);
    }

    /// <summary>
    /// For each batch and each class as many as the limit allows, and as there are boxes:
    /// https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html.
    /// </summary>
    public static void NonMaxSuppression(BoundsNode n)
    {
        IntegerRange? each = Smaller(n.Has(2) ? n.Number(2)?.AtLeast(0) : new(0, 0), n.Size(0, 1) ?? n.Size(1, 2));
        IntegerRange? all = BoundsNode.Product([n.Size(1, 0) ?? n.Size(0, 0), n.Size(1, 1), each]);
        IntegerRange?[] most = [n.Size(1, 0), n.Size(1, 1), n.Size(0, 1)];
        n.Set(0, [UpTo(all), new(3, 3)], null, most.All(m => m is not null) ? new(0, Math.Max(0, most.Max(m => m!.Value.Most) - 1)) : null);
    }

    /// <summary>As many as are wanted; there are not more than along the axis.</summary>
    public static void TopK(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes || BoundsNode.Axis(n.Node.Attributes.Int("axis", -1), sizes.Count) is not { } axis) return;
        IntegerRange? wanted = n.Number(1), there = sizes[axis];
        IntegerRange? found = wanted is { } k && there is { } d ? k.And(new(0, d.Most)) ?? new(0, 0) : UpTo(Smaller(wanted, there));
        for (int o = 0; o < 2; o++) n.Set(o, With(sizes, axis, found));
    }

    /// <summary>max(0, ceil((limit - start) / delta)) whole numbers; a delta that is not known is at least 1 or at most -1.</summary>
    public static void Range(BoundsNode n)
    {
        if (n.Node.Input(0)?.ElementType is not (ElementType.Int64 or ElementType.Int32 or ElementType.Int16)) return;
        if (n.Number(0) is not { } start || n.Number(1) is not { } limit) return;
        IntegerRange delta = !n.Has(2) ? new(1, 1) : n.Number(2) ?? new(long.MinValue / 2, long.MaxValue / 2);
        IntegerRange? up = delta.Most > 0 ? Steps(start, limit, new(Math.Max(1, delta.Least), delta.Most)) : null;
        IntegerRange? down = delta.Least < 0
            ? Steps(new(-start.Most, -start.Least), new(-limit.Most, -limit.Least), new(Math.Max(1, -delta.Most), -delta.Least)) : null;
        IntegerRange? count = up is { } u ? down is { } d ? u.Or(d) : u : down;
        if (start.Least == long.MinValue || limit.Least == long.MinValue) count = null;
        n.Set(0, [count]);
    }

    /// <summary>A new dimension of the given depth.</summary>
    public static void OneHot(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes || BoundsNode.Axis(n.Node.Attributes.Int("axis", -1), sizes.Count + 1) is not { } axis) return;
        List<IntegerRange?> result = [.. sizes];
        result.Insert(axis, n.Number(1)?.AtLeast(0));
        n.Set(0, result);
    }

    /// <summary>The sizes with another one at an axis.</summary>
    internal static IntegerRange?[] With(IReadOnlyList<IntegerRange?> sizes, int axis, IntegerRange? size)
    {
        IntegerRange?[] result = [.. sizes];
        result[axis] = size;
        return result;
    }

    /// <summary>0 to the greatest.</summary>
    internal static IntegerRange? UpTo(IntegerRange? range) => range is { } r ? new(0, Math.Max(0, r.Most)) : null;

    /// <summary>The smaller one of two numbers of which one may have no bound; neither is negative.</summary>
    internal static IntegerRange? Smaller(IntegerRange? a, IntegerRange? b) =>
        a is { } x && b is { } y ? new(Math.Min(x.Least, y.Least), Math.Min(x.Most, y.Most))
        : a is { } p ? new(0, Math.Max(0, p.Most)) : b is { } q ? new(0, Math.Max(0, q.Most)) : null;

    private static IntegerRange Only(long number) => new(number, number);

    private static IntegerRange? Steps(IntegerRange start, IntegerRange limit, IntegerRange delta)
    {
        Int128 most = (Int128)limit.Most - start.Least, least = (Int128)limit.Least - start.Most;
        Int128 from = least <= 0 ? 0 : (least + delta.Most - 1) / delta.Most, to = most <= 0 ? 0 : (most + delta.Least - 1) / delta.Least;
        return to <= long.MaxValue ? new((long)from, (long)to) : null;
    }
}
