
namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Reductions: over any axes but that of the rows.</summary>
internal static class Reductions
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Of(Reduce, "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
            "ReduceSum", "ReduceSumSquare"),
        .. BatchRule.Sized(Product, "ReduceProd"),
        .. BatchRule.Of(n => Over(n, [n.Attributes.Int("axis")]), "ArgMax", "ArgMin"),
    ];

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
}
