namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that move elements along axes: not along that of the rows.</summary>
internal static class Moves
{
    public static IEnumerable<BatchRule> Rules =>
    [
        new("Transpose", Transpose),
        .. BatchRule.Sized(Concat, "Concat"),
        new("Split", Split),
        .. BatchRule.Sized(Slice, "Slice"),
        new("Pad", Pad),
        .. BatchRule.Sized(Tile, "Tile"),
    ];

    private static BatchAnswer Transpose(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return x;
        long[] order = n.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given]
            : [.. Enumerable.Range(1, x.Rank).Select(i => (long)(x.Rank - i))];
        if (order.Length != x.Rank) return "its order does not fit the rank";
        return BatchFact.Of(x.HasRows ? Array.IndexOf(order, x.Axis) : -1, [.. order.Select(i => x.Dims[(int)i])]);
    }

    private static BatchAnswer Concat(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows))
            return Joined(n, inputs) is { } vector ? vector
                : inputs.Any(f => f.CountsRows) ? "it computes with the size of the batch"
                : n.OfRank(inputs[0].Rank);
        BatchFact first = inputs.First(f => f.HasRows);
        if (n.Axis("axis", 0, first.Rank) is not { } axis) return "its axis is not known";
        if (axis == first.Axis) return "it puts tensors behind one another along the batch";
        if (inputs.Any(f => f.Axis != first.Axis || f.Rank != first.Rank))
            return "an input has a size of its own along the axis of the batch";
        Extent sum = inputs.All(f => f.Dims[axis].IsNumber) ? inputs.Sum(f => f.Dims[axis].Number) : n.Fresh();
        return BatchFact.Rows(first.Axis, first.Dims.SetItem(axis, sum));
    }

    /// <summary>Vectors of sizes behind one another; of those that are not known, how many there are has to be.</summary>
    private static BatchFact? Joined(BatchNode n, BatchFact[] inputs)
    {
        const int most = 64;
        var elements = ImmutableArray.CreateBuilder<Extent>();
        foreach (BatchFact x in inputs)
        {
            if (x.Rank != 1 || !x.Dims[0].IsNumber || x.Dims[0].Number > most) return null;
            for (int i = 0; i < x.Dims[0].Number; i++) elements.Add(x.Elements.IsDefault ? n.Fresh() : x.Elements[i]);
        }
        return BatchFact.Sizes(elements.ToImmutable(), isScalar: false);
    }

    private static BatchAnswer Split(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? sizes = n.Integers("split", 1, out bool given);
        if (n.Axis("axis", 0, x.Rank) is not { } axis)
            return x.HasRows ? "its axis is not known" : Each(_ => BatchFact.Fixed());
        if (axis == x.Axis) return "it splits the batch";
        if (n.WhyNotFixed(1) is { } reason) return reason;
        int count = n.Node.Outputs.Length;
        return Each(i => x.With(x.Dims.SetItem(axis, PartOf(i))));

        Extent PartOf(int i) => given ? i < sizes?.Length ? sizes[i] : n.Fresh() : Extent.Divide(x.Dims[axis], count) ?? n.Fresh();

        BatchAnswer Each(Func<int, BatchFact> fact) => BatchAnswer.Of([.. n.Node.Outputs.Select((_, i) => fact(i))]);
    }

    private static BatchAnswer Slice(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(3, 4) is { } varies) return varies;
        long[]? starts = n.In(1).Numbers, ends = n.In(2).Numbers;
        long[]? axes = n.Has(3) ? n.In(3).Numbers
            : n.In(1).Rank == 1 && n.In(1).Dims[0].IsNumber ? [.. Enumerable.Range(0, (int)n.In(1).Dims[0].Number)]
            : null;
        long[]? steps = n.Has(4) ? n.In(4).Numbers : axes is null ? null : [.. axes.Select(_ => 1L)];
        if (x.CountsRows) return Elements(x, starts, ends, axes, steps) is { } part ? part : "it computes with the size of the batch";
        if (!x.HasRows)
            return n.WhyNotFixed(1, 2) ?? (BatchAnswer)(Elements(x, starts, ends, axes, steps) ?? n.OfRank(x.Rank));
        if (axes is null) return "its axes are not known";
        var dims = x.Dims.ToBuilder();
        for (int i = 0; i < axes.Length; i++)
        {
            if (BatchNode.Axis(axes[i], x.Rank) is not { } axis) return "an axis is out of range";
            if (axis != x.Axis)
            {
                if (!IsFixedAt(n.In(1), i) || !IsFixedAt(n.In(2), i)) return "it computes with the size of the batch";
                dims[axis] = n.Fresh();
                continue;
            }
            bool isWhole = Of(n.In(1), i)?.Is(0) == true && i < steps?.Length && steps[i] == 1
                && Of(n.In(2), i) is { } end && (end == x.Dims[axis] || end is { IsNumber: true, Number: >= int.MaxValue });
            if (!isWhole) return "it takes a part of the batch";
        }
        return BatchFact.Rows(x.Axis, dims.ToImmutable());

        static Extent? Of(BatchFact numbers, int index) =>
            numbers.Elements.IsDefault || index >= numbers.Elements.Length ? null : numbers.Elements[index];
        static bool IsFixedAt(BatchFact numbers, int index) => numbers.IsFixed || Of(numbers, index) is { HasBatch: false };
    }

    /// <summary>A part of a vector of sizes.</summary>
    private static BatchFact? Elements(BatchFact x, long[]? starts, long[]? ends, long[]? axes, long[]? steps)
    {
        if (x.Elements.IsDefault || x.Rank != 1 || axes is not [0 or -1] || steps is not [1]) return null;
        if (starts is not [var start] || ends is not [var end]) return null;
        int length = x.Elements.Length, from = Clamp(start), to = Clamp(end);
        return BatchFact.Sizes(from < to ? x.Elements[from..to] : [], isScalar: false);

        int Clamp(long index) => (int)Math.Clamp(index < 0 ? index + length : index, 0, length);
    }

    private static BatchAnswer Pad(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2, 3) is { } varies) return varies;
        if (!x.HasRows) return n.OfRank(x.Rank);
        long[]? pads = n.Integers("pads", 1, out _), axes = n.Has(3) ? n.In(3).Numbers : [.. Enumerable.Range(0, x.Rank)];
        if (pads is null || axes is null || pads.Length != 2 * axes.Length) return "how it pads is not known";
        for (int i = 0; i < axes.Length; i++)
        {
            if (BatchNode.Axis(axes[i], x.Rank) is not { } axis) return "an axis is out of range";
            if (axis == x.Axis && (pads[i] != 0 || pads[i + axes.Length] != 0)) return "it pads the batch";
        }
        return BatchFact.Rows(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }

    /// <summary>
    /// Copies that follow one another. What is the same for every batch may be copied for each sample: then the copies are rows.
    /// </summary>
    private static BatchAnswer Tile(BatchNode n)
    {
        (BatchFact x, BatchFact repeats) = (n.In(0), n.In(1));
        if (x.CountsRows) return "it computes with the size of the batch";
        if (repeats.Elements.IsDefault || repeats.Elements.Length != x.Rank)
            return x.HasRows || !repeats.IsFixed ? "how often it copies is not known" : n.OfRank(x.Rank);
        if (x.HasRows && (repeats.CountsRows || !repeats.Elements[x.Axis].Is(1))) return "it copies the batch";
        ImmutableArray<Extent> dims = [.. x.Dims.Select((d, i) => Extent.Multiply(d, repeats.Elements[i]) ?? n.Fresh())];
        return x.HasRows ? BatchFact.Rows(x.Axis, dims)
            : BatchFact.Uniform(dims) is { } copies ? copies
            : "it copies for two axes of the batch";
    }
}
