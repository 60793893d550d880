namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that make sizes of tensors, and tensors of sizes.</summary>
internal static class Sizes
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Sized(Shape, "Shape"),
        .. BatchRule.Sized(Size, "Size"),
        .. BatchRule.Sized(ConstantOfShape, "ConstantOfShape"),
    ];

    private static BatchAnswer Shape(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return BatchFact.Fixed();
        int start = Clamp(n.Attributes.Int("start")), end = Clamp(n.Attributes.Int("end", long.MaxValue));
        return BatchFact.Sizes(start < end ? x.Dims[start..end] : [], isScalar: false);

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + x.Rank : axis, 0, x.Rank);
    }

    private static BatchAnswer Size(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return BatchFact.Fixed();
        return Extent.Product(x.Dims) is { } all ? BatchFact.Sizes([all], isScalar: true) : "its result is too large";
    }

    private static BatchAnswer ConstantOfShape(BatchNode n)
    {
        ImmutableArray<Extent> dims = n.In(0).Elements;
        if (dims.IsDefault) return n.In(0).IsFixed ? BatchFact.Fixed() : "the new shape depends on the batch";
        return BatchFact.Uniform(dims) is { } fact ? fact : "two sizes of the new shape are the batch's";
    }
}
