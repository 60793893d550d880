namespace GraphPartition.Operators.Families;

/// <summary>Python slices along axes: https://onnx.ai/onnx/operators/onnx__Slice.html.</summary>
internal static class Slice
{
    public static void Infer(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<Dim>? starts = Numbers(n, 1, "starts"), ends = Numbers(n, 2, "ends");
        int? count = starts?.Length ?? ends?.Length ?? (n.Shape(1) is [{ IsKnown: true } length] ? (int)length.Size : null);
        long[]? axes = n.HasInts(3, "axes") ? n.Ints(3, "axes") : count is { } c ? [.. Enumerable.Range(0, c).Select(i => (long)i)] : null;
        long[]? steps = n.Has(4) ? n.Ints(4) : axes is null ? null : [.. Enumerable.Repeat(1L, axes.Length)];
        if (axes is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        Dim[] dims = [.. shape];
        var first = new (long From, long Step)?[shape.Rank];
        Array.Fill(first, (0, 1));
        for (int i = 0; i < axes.Length; i++)
        {
            if (n.Axis(axes[i], shape.Rank) is not { } axis) return;
            (dims[axis], first[axis]) = i < starts?.Length && i < ends?.Length && i < steps?.Length && steps[i] != 0
                ? (Length(shape[axis], starts.Value[i], ends.Value[i], steps[i]), First(shape[axis], starts.Value[i], steps[i])) : default;
        }
        var result = new Shape(dims);
        n.Set(0, result, Array.TrueForAll(first, f => f is not null) ? MovedElements.Of(n, shape, result, (to, from) =>
        {
            for (int i = 0; i < from.Length; i++) from[i] = first[i]!.Value.From + to[i] * first[i]!.Value.Step;
        }) : null);
    }

    /// <summary>The index of the first element taken, where it is known.</summary>
    private static (long, long)? First(Dim size, Dim start, long step) =>
        size.IsKnown && DimMath.Number(start) is { } s ? (Clamp(size.Size, s, 0, step).From, step) : null;

    private static ImmutableArray<Dim>? Numbers(NodeTyping n, int input, string attribute) =>
        n.Has(input) ? n.Elements(input) : n.Attributes.Ints(attribute) is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;

    /// <summary>ceil((end - start) / step) after both are clamped to the dimension.</summary>
    private static Dim Length(Dim size, Dim start, Dim end, long step)
    {
        if (size.IsKnown && DimMath.Number(start) is { } s && DimMath.Number(end) is { } e)
        {
            (long from, long to) = Clamp(size.Size, s, e, step);
            return Math.Max(0, (to - from + step - Math.Sign(step)) / step);
        }
        if (step < 1 || size.IsUnknown) return WholeReversed(size, start, end, step);
        Dim first = start.Is(1) ? 1 : Counted(size, start), last = Counted(size, end); // of the first element likewise
        if (first.IsUnknown || last.IsUnknown) return Dim.Unknown;
        return DimMath.AsDim(DimMath.CeilDiv(DimMath.Sub(last, first), step));
    }

    /// <summary>x[::-1] keeps its length.</summary>
    private static Dim WholeReversed(Dim size, Dim start, Dim end, long step) =>
        step == -1 && DimMath.Number(start) is -1 or > int.MaxValue / 2 && DimMath.Number(end) < -int.MaxValue / 2 ? size : Dim.Unknown;

    /// <summary>
    /// A bound counted from the front where it or the size is a symbol. A bound beyond the end is the end. Of negative bounds
    /// only -1 is followed: the last element is taken to be there.
    /// </summary>
    private static Dim Counted(Dim size, Dim bound) => DimMath.Number(bound) switch
    {
        >= int.MaxValue => size, // "the end"
        -1 => DimMath.Sub(size, 1),
        < 0 => Dim.Unknown,
        _ => DimMath.Min(size, bound),
    };

    private static (long From, long To) Clamp(long size, long start, long end, long step)
    {
        if (start < 0) start += size;
        if (end < 0) end += size;
        return step > 0
            ? (Math.Clamp(start, 0, size), Math.Clamp(end, 0, size))
            : (Math.Clamp(start, -1, size - 1), Math.Clamp(end, -1, size - 1));
    }
}
