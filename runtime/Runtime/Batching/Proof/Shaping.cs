
namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that keep the elements in their order and change the shape.</summary>
internal static class Shaping
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Sized(Reshape, "Reshape"),
        new("Flatten", Flatten),
        .. BatchRule.Sized(Squeeze, "Squeeze"),
        .. BatchRule.Sized(Unsqueeze, "Unsqueeze"),
        .. BatchRule.Sized(Expand, "Expand"),
    ];

    private static BatchAnswer Reshape(BatchNode n)
    {
        (BatchFact x, BatchFact target) = (n.In(0), n.In(1));
        if (x.CountsRows)
            return target.Rank == 1 && target.Numbers is [var length] && (length == -1 || length == x.Elements.Length)
                ? BatchFact.Sizes(x.Elements, isScalar: false)
                : target.Elements is { IsDefault: false, Length: 0 } && x.Elements.Length == 1 ? BatchFact.Sizes(x.Elements, isScalar: true)
                : "it computes with the size of the batch";
        if (target.Elements.IsDefault)
            return x.HasRows || target.HasRows ? "the new shape is not known" : BatchFact.Fixed();
        if (!x.HasRows && target.CountsRows) return "the new shape depends on the batch, its input does not";
        if (x.Rank < 0) return BatchFact.Fixed([.. target.Elements.Select(_ => n.Fresh())]);

        // 0 copies a size.
        Extent[] wanted = [.. target.Elements];
        bool copies = n.Attributes.Int("allowzero") == 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!wanted[i].Is(0) || !copies) continue;
            if (i >= x.Rank) return "it copies a size that its input does not have";
            wanted[i] = x.Dims[i];
        }
        string? fault = Fill(n, x, wanted);
        return fault is null ? InOrder(x, wanted) : x.HasRows ? fault : n.OfRank(wanted.Length);
    }

    /// <summary>Puts the size that is left in the place of -1; the answer is why it cannot be told.</summary>
    private static string? Fill(BatchNode n, BatchFact x, Extent[] wanted)
    {
        int open = Array.FindIndex(wanted, w => w.Is(-1));
        if (open < 0) return null;
        Extent? all = Extent.Product(x.Dims), rest = Extent.Product(wanted.Where((_, i) => i != open));
        if (all is { } a && rest is { } r && Extent.Divide(a, r) is { } left) wanted[open] = left;
        // What is left of a sample is the same for every batch, whatever it is.
        else if (wanted.Any(w => w.HasBatch)) wanted[open] = n.Fresh();
        else return "the size that is left cannot be shown to be one of whole samples";
        return null;
    }

    /// <summary>
    /// Rows stay rows where equally many elements lie before their axis and before an axis of the new shape that is a multiple of the
    /// batch: then each sample fills equally many places of the new axis, whole ones.
    /// </summary>
    private static BatchAnswer InOrder(BatchFact x, Extent[] wanted)
    {
        if (!x.HasRows) return BatchFact.Fixed([.. wanted]);
        if (wanted.Count(w => w.HasBatch) != 1) return "the batch does not stay an axis of its own";
        int axis = Array.FindIndex(wanted, w => w.HasBatch);
        bool staysApart = Extent.Product(x.Dims[..x.Axis]) is { } before && Extent.Product(wanted[..axis]) == before;
        return staysApart ? BatchFact.Rows(axis, [.. wanted]) : "the batch does not stay an axis of its own";
    }

    private static BatchAnswer Flatten(BatchNode n)
    {
        BatchFact x = n.In(0);
        int given = (int)n.Attributes.Int("axis", 1), axis = given < 0 ? given + x.Rank : given;
        if (x.Rank < 0 || axis < 0 || axis > x.Rank) return x.HasRows ? "its axis is not known" : BatchFact.Fixed();
        return Extent.Product(x.Dims[..axis]) is { } rows && Extent.Product(x.Dims[axis..]) is { } columns ? InOrder(x, [rows, columns])
            : "its result is too large";
    }

    private static BatchAnswer Squeeze(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? axes = n.Integers("axes", 1, out bool given);
        if (x.CountsRows)
            return x.Elements.Length == 1 ? BatchFact.Sizes(x.Elements, isScalar: true) : "it computes with the size of the batch";
        if (!x.HasRows)
            return x.Only is not null && x.Rank == 1 ? BatchFact.Sizes(x.Elements, isScalar: true)
                : x.Rank < 0 || !given || axes is null ? BatchFact.Fixed() : Without(x, axes);
        return !given ? "it drops the batch where that is a single sample" : axes is null ? "its axes are not known" : Without(x, axes);
    }

    private static BatchAnswer Without(BatchFact x, long[] axes)
    {
        HashSet<int> gone = [.. axes.Select(a => BatchNode.Axis(a, x.Rank) ?? -1)];
        if (gone.Contains(-1)) return "an axis is out of range";
        if (x.HasRows && gone.Contains(x.Axis)) return "it drops the batch";
        return BatchFact.Of(x.HasRows ? x.Axis - gone.Count(g => g < x.Axis) : -1, [.. x.Dims.Where((_, i) => !gone.Contains(i))]);
    }

    private static BatchAnswer Unsqueeze(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? axes = n.Integers("axes", 1, out _);
        if (!x.Elements.IsDefault && x.Rank == 0 && axes is [0 or -1]) return BatchFact.Sizes(x.Elements, isScalar: false);
        if (x.CountsRows) return "it computes with the size of the batch";
        if (x.Rank < 0 || axes is null) return x.HasRows ? "its axes are not known" : BatchFact.Fixed();
        int rank = x.Rank + axes.Length;
        HashSet<int> added = [.. axes.Select(a => BatchNode.Axis(a, rank) ?? -1)];
        if (added.Contains(-1) || added.Count < axes.Length) return "an axis is out of range";
        int[] kept = [.. Enumerable.Range(0, rank).Where(i => !added.Contains(i))];
        var dims = new Extent[rank];
        Array.Fill(dims, Extent.One);
        for (int i = 0; i < kept.Length; i++) dims[kept[i]] = x.Dims[i];
        return BatchFact.Of(x.HasRows ? kept[x.Axis] : -1, [.. dims]);
    }

    /// <summary>
    /// Copies along axes of size 1. What is the same for every batch may be copied for each sample: then the copies are rows.
    /// </summary>
    private static BatchAnswer Expand(BatchNode n)
    {
        (BatchFact x, BatchFact target) = (n.In(0), n.In(1));
        if (x.CountsRows) return "it computes with the size of the batch";
        if (target.HasRows) return "the new shape depends on the batch";
        if (target.Elements.IsDefault || x.Rank < 0)
            return x.HasRows || target.CountsRows ? "the new shape is not known" : BatchFact.Fixed();
        BatchFact shape = BatchFact.Fixed(target.Elements);
        int rank = Math.Max(x.Rank, shape.Rank);
        if (!x.HasRows)
        {
            for (int i = 0; i < shape.Rank; i++)
                if (shape.Dims[i].HasBatch && i + x.Rank - shape.Rank is >= 0 and var at && !x.Dims[at].Is(1))
                    return "its input has a size of its own along the axis of the batch";
            return BatchFact.Uniform(n.Broadcast([x, shape], rank)) is { } copies ? copies : "it copies for two axes of the batch";
        }
        int axis = x.Axis + rank - x.Rank;
        for (int i = 0; i < shape.Rank; i++)
        {
            bool isRows = i + rank - shape.Rank == axis;
            if (isRows ? !shape.Dims[i].Is(1) && shape.Dims[i] != x.Dims[x.Axis] : shape.Dims[i].HasBatch) return "it copies the batch";
        }
        return BatchFact.Rows(axis, n.Broadcast([x, shape], rank));
    }
}
