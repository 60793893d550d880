namespace GraphPartition.Operators.Bounds;

/// <summary>Rules about sizes that operators of several families share.</summary>
internal static class SizeRules
{
    /// <summary>
    /// Each size of an output rises or stays with each size and each element of the inputs. So the shape rule, applied at both ends of
    /// all ranges, gives both ends of the results.
    /// </summary>
    public static void Rising(BoundsNode n) => Between(n, elements: false);

    /// <summary>As <see cref="Rising"/>; also, each element of the output is one of the first input, or of all inputs (Concat).</summary>
    public static void Moving(BoundsNode n)
    {
        bool areExact = true; // the places from which elements come
        for (int i = 1; i < n.Node.Inputs.Length; i++) areExact &= !n.Has(i) || n.Exact(i) is not null;
        Between(n, elements: areExact || n.Node.Op.Is("Concat"));
    }

    /// <summary>The inputs broadcast together, and each element is computed from those at its place, by the range rule.</summary>
    public static void Elementwise(BoundsNode n)
    {
        if (Broadcast([.. n.Node.Inputs.Where(v => v is not null).Select(v => n.Walk[v!].Sizes)]) is not { } sizes) return;
        for (int o = 0; o < n.Node.Outputs.Length; o++) n.Set(o, sizes, Computed(n, o, sizes));
    }

    /// <summary>The sizes of shapes that broadcast together; null where a rank is not known.</summary>
    public static IntegerRange?[]? Broadcast(params IReadOnlyList<IReadOnlyList<IntegerRange?>?> shapes)
    {
        if (shapes.Count == 0 || shapes.Contains(null)) return null;
        var result = new IntegerRange?[shapes.Max(s => s!.Count)];
        for (int back = 1; back <= result.Length; back++)
            result[^back] = Joined([.. shapes.Where(s => s!.Count >= back).Select(s => s![^back])]);
        return result;
    }

    /// <summary>
    /// The size of dimensions that broadcast: all that are not 1 are equal. So a size that cannot be 1 is the result.
    /// </summary>
    private static IntegerRange? Joined(IntegerRange?[] dims)
    {
        if (dims.Length == 1) return dims[0];
        IntegerRange? sure = null;
        foreach (IntegerRange? d in dims)
            if (d is { } r && (r.Least > 1 || r.Most < 1)) sure = sure is { } s && s.And(r) is { } both ? both : r;
        if (sure is not null) return sure;
        IntegerRange? hull = dims[0];
        foreach (IntegerRange? d in dims[1..]) hull = hull is { } a && d is { } b ? a.Or(b) : null;
        return hull;
    }

    private static IntegerRange?[]? Computed(BoundsNode n, int output, IntegerRange?[] sizes)
    {
        if (n.Node.Output(output) is not { } result || result.Tensor is null || sizes.Length > 1) return null;
        if (BoundsNode.Product(sizes) is not { IsExact: true, Most: <= BuildScope.MaxElements and var count }) return null;
        var elements = new IntegerRange?[count];
        for (int e = 0; e < elements.Length; e++) elements[e] = n.Walk.Compute(n.Node, output, i => At(n.In(i), e));
        return elements;
    }

    private static NumberFact At(ValueBounds input, int index) =>
        input.Elements is { Count: > 0 } elements ? NumberFact.In(elements[elements.Count == 1 ? 0 : Math.Min(index, elements.Count - 1)])
            : input.Numbers;

    private static void Between(BoundsNode n, bool elements)
    {
        if (n.End(greatest: false) is not { } least || n.End(greatest: true) is not { } most) return;
        for (int o = 0; o < n.Node.Outputs.Length; o++)
        {
            if (least.TypeOf(o) is not TensorType { Shape: { } from } || most.TypeOf(o) is not TensorType { Shape: { } to }) continue;
            if (from.Rank != to.Rank) continue;
            n.Set(o, [.. from.Dims.Zip(to.Dims, Between)],
                elements && least.Result(o).Elements is { } low && most.Result(o).Elements is { } high && low.Length == high.Length
                    ? [.. low.Zip(high, Between)] : null);
        }
    }

    private static IntegerRange? Between(Dim a, Dim b) =>
        DimMath.Number(a) is { } x && DimMath.Number(b) is { } y ? new(Math.Min(x, y), Math.Max(x, y)) : null;
}
