
namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that take elements by number: a number must not name a row of the batch.</summary>
internal static class Selections
{
    private const string ByNumber = "it takes rows of the batch by number";

    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Sized(Gather, "Gather"),
        new("GatherElements", GatherElements),
        new("GatherND", GatherNd),
        new("ScatterElements", ScatterElements),
        .. BatchRule.Of(n => n.Inputs.Any(f => f.HasRows) ? ByNumber : BatchFact.Fixed(), "ScatterND"),
        .. BatchRule.In("ai.onnx.ml", OfLastAxis, "ArrayFeatureExtractor"),
    ];

    private static BatchAnswer OfLastAxis(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1) is { } reason) return reason;
        if (x.HasRows && x.Axis == x.Rank - 1) return ByNumber;
        return x.Rank < 1 ? BatchFact.Fixed() : x.With(x.Dims.SetItem(x.Rank - 1, n.Fresh()));
    }

    /// <summary>The axes of the indices take the place of one axis of the data.</summary>
    private static BatchAnswer Gather(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!indices.IsFixed && indices.CountsRows) return "it computes with the size of the batch";
        if (!x.Elements.IsDefault && x.Rank == 1 && Picked(x, indices) is { } picked) return picked;
        if (x.CountsRows) return "it computes with the size of the batch";
        if (x.HasRows && indices.HasRows) return "its data and its indices both depend on the batch";
        if (x.Rank < 0 || indices.Rank < 0) return x.HasRows || indices.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        if (n.Axis("axis", 0, x.Rank) is not { } axis) return "its axis is not known";
        if (x.Axis == axis) return ByNumber;
        int rows = indices.HasRows ? axis + indices.Axis : x.Axis > axis ? x.Axis + indices.Rank - 1 : x.Axis;
        return BatchFact.Of(rows, [.. x.Dims[..axis], .. indices.Dims, .. x.Dims[(axis + 1)..]]);
    }

    /// <summary>Elements of a vector of sizes.</summary>
    private static BatchFact? Picked(BatchFact x, BatchFact indices)
    {
        if (indices.Elements.IsDefault || indices.Rank is not (0 or 1)) return null;
        int length = x.Elements.Length;
        if (indices.Elements.Any(i => !i.IsNumber || i.Number < -length || i.Number >= length)) return null;
        return BatchFact.Sizes(
            [.. indices.Elements.Select(i => x.Elements[(int)(i.Number < 0 ? i.Number + length : i.Number)])], isScalar: indices.Rank == 0);
    }

    private static BatchAnswer GatherElements(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!x.HasRows && !indices.HasRows) return BatchFact.Fixed(indices.Dims);
        if (n.Axis("axis", 0, Math.Max(x.Rank, indices.Rank)) is not { } axis) return "its axis is not known";
        bool isOfRows = indices.HasRows && (x.HasRows ? x.Axis == indices.Axis && axis != x.Axis : axis == indices.Axis);
        return isOfRows ? BatchFact.Rows(indices.Axis, indices.Dims) : ByNumber;
    }

    /// <summary>Each index, the last axis of the indices, names a place in the first axes of the data behind <c>batch_dims</c>.</summary>
    private static BatchAnswer GatherNd(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!x.HasRows && !indices.HasRows) return BatchFact.Fixed();
        if (x.Rank < 1 || indices.Rank < 1 || !indices.Dims[^1].IsNumber) return "the rank of an input is not known";
        int shared = (int)n.Attributes.Int("batch_dims"), named = shared + (int)indices.Dims[^1].Number, outer = indices.Rank - 1;
        if (named > x.Rank || (indices.HasRows && indices.Axis == outer)) return ByNumber;
        int axis = indices.HasRows ? indices.Axis : outer + x.Axis - named;
        bool isOfRows = (x.HasRows, indices.HasRows) switch
        {
            (true, true) => x.Axis == indices.Axis && x.Axis < shared,
            (false, true) => indices.Axis >= shared,
            _ => x.Axis >= named,
        };
        return isOfRows ? BatchFact.Rows(axis, [.. indices.Dims[..^1], .. x.Dims[named..]]) : ByNumber;
    }

    private static BatchAnswer ScatterElements(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.Inputs.All(f => !f.HasRows)) return x;
        return n.Axis("axis", 0, x.Rank) is { } axis && x.HasRows && axis != x.Axis && n.Inputs.All(f => f.Axis == x.Axis) ? x : ByNumber;
    }
}
