using static GraphPartition.Operators.Bounds.SelectionSizes;

namespace GraphPartition.Operators.Bounds;

/// <summary>Sizes of operators that take a shape, or places along axes, as an input; and the elements of shapes.</summary>
internal static class ShapeSizes
{
    /// <summary>The elements of the output are the sizes of the input.</summary>
    public static void Shape(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes) return;
        int start = Clamp(n.Node.Attributes.Int("start")), end = Clamp(n.Node.Attributes.Int("end", long.MaxValue));
        IntegerRange?[] part = start < end ? [.. sizes.Skip(start).Take(end - start)] : [];
        n.Set(0, [new(part.Length, part.Length)], part);

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + sizes.Count : axis, 0, sizes.Count);
    }

    /// <summary>The element of the output is the number of elements of the input.</summary>
    public static void Size(BoundsNode n) => n.Set(0, [], [n.Count(0)]);

    /// <summary>The sizes of the output are the elements of an input.</summary>
    public static SizeRule Given(int input) => n => n.Set(0, Elements(n, input));

    /// <summary>The input and the wanted shape broadcast together.</summary>
    public static void Expand(BoundsNode n)
    {
        if (n.In(0).Sizes is { } sizes && Elements(n, 1) is { } wanted) n.Set(0, SizeRules.Broadcast(sizes, wanted));
    }

    /// <summary>Each size, as often as it is repeated.</summary>
    public static void Tile(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes || Elements(n, 1) is not { } repeats || repeats.Length != sizes.Count) return;
        n.Set(0, [.. sizes.Zip(repeats, (s, r) => BoundsNode.Product([s, r]))]);
    }

    /// <summary>
    /// What may be -1 may be all that the others leave, what may be 0 the size at the same place:
    /// https://onnx.ai/onnx/operators/onnx__Reshape.html.
    /// </summary>
    public static void Reshape(BoundsNode n)
    {
        if (!n.Has(1) || n.In(1).Elements is not { } wanted) return;
        IReadOnlyList<IntegerRange?>? from = n.In(0).Sizes;
        bool copies = n.Node.Attributes.Int("allowzero") == 0;
        var sizes = new IntegerRange?[wanted.Count];
        for (int i = 0; i < sizes.Length; i++)
        {
            if (wanted[i] is not { } w) continue;
            IntegerRange? size = w.Most >= 0 ? w.AtLeast(0) : null;
            if (w is { Least: <= 0, Most: >= 0 } && copies)
            {
                IntegerRange? copied = i < from?.Count ? from[i] : null;
                size = copied is { } c ? w.Most == 0 ? c : c.Or(w.AtLeast(Math.Min(1, w.Most))) : null;
            }
            sizes[i] = w.Least < 0 && w.Most >= 0 ? null : size;
        }
        int[] open = [.. Enumerable.Range(0, sizes.Length).Where(i => sizes[i] is null)];
        IntegerRange? all = n.Count(0);
        if (open is [var rest])
        {
            IntegerRange? others = BoundsNode.Product(sizes.Where((_, i) => i != rest)), left = Rest(all, others);
            bool isRest = wanted[rest] is { Most: < 0 } || others is { Least: > 0 }; // else the size may be any where there are no elements
            sizes[rest] = isRest ? left : left is { } l && wanted[rest] is { } w ? l.Or(w.AtLeast(0)) : null;
        }
        else if (all is { Least: > 0 }) // no size is 0, so none is larger than the number of elements
            foreach (int i in open) sizes[i] = new(1, all.Value.Most);
        n.Set(0, sizes, n.In(0).Elements);
    }

    /// <summary>
    /// From the start to the end, both counted from the back where they are negative and brought into the dimension. With a step above 0
    /// the length rises with the size and the end and falls with the start, as long as no sign changes; the one exception is in
    /// <see cref="Length"/>. Anything else is at most the size.
    /// </summary>
    public static void Slice(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes) return;
        IntegerRange?[] result = [.. sizes];
        int? count = n.In(1).Elements?.Count ?? n.In(2).Elements?.Count;
        long[]? axes = n.Has(3) ? n.Exact(3) : count is { } c ? [.. Enumerable.Range(0, c)] : null;
        long[]? steps = n.Has(4) ? n.Exact(4) : axes is null ? null : [.. axes.Select(_ => 1L)];
        for (int axis = 0; axis < result.Length && axes is null; axis++) result[axis] = UpTo(sizes[axis]);
        for (int i = 0; i < axes?.Length; i++)
        {
            if (BoundsNode.Axis(axes[i], sizes.Count) is not { } axis) return;
            long step = i < steps?.Length ? steps[i] : 0;
            result[axis] = step >= 1 && Length(sizes[axis], At(n, 1, i), At(n, 2, i)) is { } length
                ? new IntegerRange(Up(length.Least, step), Up(length.Most, step))
                : UpTo(sizes[axis]);
        }
        bool isVector = sizes is [{ IsExact: true }];
        n.Set(0, result, isVector && n.Exact(1) is not null && n.Exact(2) is not null && steps is not null ? Moved(n) : null);
    }

    /// <summary>Parts of the wanted sizes, or equal ones; none is larger than the whole.</summary>
    public static void Split(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes || BoundsNode.Axis(n.Node.Attributes.Int("axis"), sizes.Count) is not { } axis) return;
        IntegerRange? whole = sizes[axis];
        IReadOnlyList<IntegerRange?>? parts = n.Has(1) ? n.In(1).Elements : null;
        long count = n.Node.Attributes.Int("num_outputs", n.Node.Outputs.Length);
        for (int o = 0; o < n.Node.Outputs.Length; o++)
        {
            IntegerRange? part = n.Has(1) ? o < parts?.Count ? parts[o]?.AtLeast(0) : null
                : whole is { } w && count > 0 ? new(o == 0 ? Up(w.Least, count) : 0, Up(w.Most, count)) : null;
            n.Set(o, With(sizes, axis, part is { } p && whole is { } all ? p.AtMost(all.Most) : part ?? UpTo(whole)));
        }
    }

    /// <summary>Each size and what is added before and behind it; negative pads cut.</summary>
    public static void Pad(BoundsNode n)
    {
        if (n.In(0).Sizes is not { } sizes || n.In(1).Elements is not { } pads) return;
        long[]? axes = n.Has(3) ? n.Exact(3) : [.. Enumerable.Range(0, sizes.Count)];
        if (axes is null || pads.Count != 2 * axes.Length) return;
        IntegerRange?[] result = [.. sizes];
        for (int i = 0; i < axes.Length; i++)
        {
            if (BoundsNode.Axis(axes[i], sizes.Count) is not { } axis) return;
            result[axis] = sizes[axis] is { } s && pads[i] is { } before && pads[i + axes.Length] is { } behind
                ? s.Plus(before)?.Plus(behind)?.AtLeast(0) : null;
        }
        n.Set(0, result);
    }

    /// <summary>The wanted sizes, or each size times its scale, which is a constant.</summary>
    public static void Resize(BoundsNode n)
    {
        bool stretches = n.Node.Attributes.Text("keep_aspect_ratio_policy", "stretch") == "stretch";
        if (!n.Has(3)) SizeRules.Rising(n);
        else if (stretches && n.In(0).Sizes is { } sizes && Elements(n, 3) is { } wanted)
        {
            long[] axes = n.Node.Attributes.Ints("axes") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, sizes.Count)];
            if (wanted.Length != axes.Length) return;
            IntegerRange?[] result = [.. sizes];
            for (int i = 0; i < axes.Length; i++)
                if (BoundsNode.Axis(axes[i], sizes.Count) is { } axis) result[axis] = wanted[i];
            n.Set(0, result);
        }
    }

    /// <summary>Small vectors of whole numbers reduced to one number, as exporters count elements; sizes by the shape rule.</summary>
    public static SizeRule Reduce(Func<IntegerRange, IntegerRange, IntegerRange?> fold) => n =>
    {
        SizeRules.Rising(n);
        if (n.Result(0)?.Sizes is not { } sizes || n.In(0) is not { Sizes.Count: 1, Elements: { Count: > 0 } elements }) return;
        bool reduces = n.Node.Attributes.Int("noop_with_empty_axes") == 0 || (n.Has(1) && n.Exact(1) is { Length: > 0 });
        if (!reduces) return;
        IntegerRange? all = elements[0];
        for (int i = 1; i < elements.Count; i++) all = all is { } a && elements[i] is { } b ? fold(a, b) : null;
        n.Set(0, sizes, [all]);
    };

    private static IntegerRange?[]? Elements(BoundsNode n, int input) =>
        n.In(input).Elements is { } elements ? [.. elements.Select(e => e?.AtLeast(0))] : null;

    private static IntegerRange At(BoundsNode n, int input, int index) =>
        (n.In(input).Elements is { } elements ? index < elements.Count ? elements[index] : null : n.Numbers(input))
            ?? new(long.MinValue, long.MaxValue);

    private static long Up(long size, long divisor) => size / divisor + (size % divisor > 0 ? 1 : 0);

    private static IReadOnlyList<IntegerRange?>? Moved(BoundsNode n)
    {
        SizeRules.Moving(n);
        return n.Result(0)?.Elements;
    }

    /// <summary>What is left of all elements for one size: all divided by the product of the others.</summary>
    private static IntegerRange? Rest(IntegerRange? all, IntegerRange? others) =>
        all is not { } a ? null
        : others is not { } o || o.Most < 1 ? new(0, a.Most)
        : new(o.Least > 0 ? (a.Least + o.Most - 1) / o.Most : 0, a.Most / Math.Max(1, o.Least));

    /// <summary>The length of a slice with step 1; null where the size has no bound and the places do not bound it.</summary>
    private static IntegerRange? Length(IntegerRange? size, IntegerRange start, IntegerRange end)
    {
        // A size without a bound: a slice from places that have one is bounded by them.
        IntegerRange whole = size ?? new(0, long.MaxValue);
        IntegerRange? hull = null;
        foreach (IntegerRange? from in (ReadOnlySpan<IntegerRange?>)[start.And(new(long.MinValue, -1)), start.And(new(0, long.MaxValue))])
            foreach (IntegerRange? to in (ReadOnlySpan<IntegerRange?>)[end.And(new(long.MinValue, -1)), end.And(new(0, long.MaxValue))])
            {
                if (from is not { } s || to is not { } e) continue;
                // From the back to a place from the front: the only case that can fall with the size.
                IntegerRange part = s.Least < 0 && e.Most >= 0
                    ? new(0, Math.Min(Math.Min(e.Most, whole.Most), s.Least == long.MinValue ? long.MaxValue : -s.Least))
                    : new(Taken(whole.Least, s.Most, e.Least), Taken(whole.Most, s.Least, e.Most));
                hull = hull is { } h ? h.Or(part) : part;
            }
        return hull is { Most: < long.MaxValue / 2 } ? hull : null;

        static long Taken(long size, long start, long end) => Math.Max(0, Place(size, end) - Place(size, start));
        static long Place(long size, long at) => at < 0 ? at < -size ? 0 : size + at : Math.Min(at, size);
    }
}
