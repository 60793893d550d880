
namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that compute along one axis and leave the others alone: it must not be that of the rows.</summary>
internal static class AlongAxis
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Of(n => Along(n, n.Attributes.Int("axis", -1)), "Hardmax", "LogSoftmax", "LpNormalization", "Softmax"),
        new("CumSum", CumSum),
        new("TopK", TopK),
        new("OneHot", OneHot),
        new("ReverseSequence", ReverseSequence),
        .. BatchRule.Of(n => InMatrices(n, keepsShape: true), "Trilu"),
        .. BatchRule.Of(n => InMatrices(n, keepsShape: false), "Det"),
        new("DFT", Dft),
    ];

    /// <summary>The result has the shape of the first input.</summary>
    public static BatchAnswer Along(BatchNode n, long axis)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows) return x;
        return BatchNode.Axis(axis, x.Rank) is not { } along ? "its axis is not known"
            : along == x.Axis ? "it computes along the axis of the batch"
            : x;
    }

    private static BatchAnswer CumSum(BatchNode n) => n.In(1).Numbers is [var axis] ? Along(n, axis) : "its axis is not known";

    private static BatchAnswer TopK(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1) is { } reason) return reason;
        if (Along(n, n.Attributes.Int("axis", -1)).Refusal is { } refusal) return refusal;
        if (n.Axis("axis", -1, x.Rank) is not { } axis) return BatchAnswer.Of(BatchFact.Fixed(), BatchFact.Fixed());
        BatchFact found = x.With(x.Dims.SetItem(axis, n.In(1).Only ?? n.Fresh()));
        return BatchAnswer.Of(found, found);
    }

    /// <summary>A new axis; the others are those of the indices.</summary>
    private static BatchAnswer OneHot(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (n.Axis("axis", -1, x.Rank + 1) is not { } axis || x.Rank < 0) return x.HasRows ? "its axis is not known" : BatchFact.Fixed();
        int rows = x.HasRows && x.Axis >= axis ? x.Axis + 1 : x.Axis;
        return BatchFact.Of(rows, x.Dims.Insert(axis, n.In(1).Only ?? n.Fresh()));
    }

    private static BatchAnswer ReverseSequence(BatchNode n)
    {
        (BatchFact x, BatchFact lengths) = (n.In(0), n.In(1));
        if (!x.HasRows) return lengths.IsFixed ? x : "its lengths depend on the batch, its data do not";
        return n.Axis("batch_axis", 1, x.Rank) == x.Axis && lengths is { Axis: 0, Rank: 1 } ? x
            : "the axis of the batch is not its batch axis";
    }

    /// <summary>Operators on the matrices of the last two axes.</summary>
    private static BatchAnswer InMatrices(BatchNode n, bool keepsShape)
    {
        BatchFact x = n.In(0);
        if (x.HasRows && x.Axis >= x.Rank - 2) return "the batch is an axis of its matrices";
        if (n.WhyNotFixed(1) is { } reason) return reason;
        return keepsShape || x.Rank < 2 ? x : BatchFact.Of(x.Axis, x.Dims[..^2]);
    }

    private static BatchAnswer Dft(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (!x.HasRows) return BatchFact.Fixed();
        long? axis = n.Attributes.Has("axis") ? n.Attributes.Int("axis") : n.In(2).Numbers is [var number] ? number : null;
        bool isOther = axis is { } along && Along(n, along).Refusal is null && x.Axis != x.Rank - 1;
        if (!isOther) return "it cannot be shown to compute along another axis";
        return BatchFact.Of(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }
}
