namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Quantisation with scales that are the same for every batch.</summary>
internal static class Quantization
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Of(Scaled, "DequantizeLinear", "QuantizeLinear"),
        .. BatchRule.In("com.microsoft", Scaled, "DequantizeLinear", "QuantizeLinear"),
        .. BatchRule.In("com.microsoft", n => n.WhyNotFixed(1, 2, 3, 4) ?? (BatchAnswer)n.In(0), "QLinearLeakyRelu", "QLinearSigmoid"),
        .. BatchRule.In("com.microsoft", Pair, "QLinearAdd", "QLinearMul"),
    ];

    /// <summary>A scale for the tensor, for each place of one axis, or for blocks: none of it may be of single rows.</summary>
    private static BatchAnswer Scaled(BatchNode n)
    {
        (BatchFact x, BatchFact scale) = (n.In(0), n.In(1));
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (!x.HasRows || scale.Rank == 0 || (scale.Rank > 0 && scale.Dims.All(d => d.Is(1)))) return x;
        bool isOfOtherAxis = scale.Rank == 1 && n.Axis("axis", 1, x.Rank) is { } axis && axis != x.Axis;
        return isOfOtherAxis ? x : "it has a scale for each row of the batch";
    }

    /// <summary>Inputs 0 and 3 are broadcast together; all others are scales and zeros of whole tensors.</summary>
    private static BatchAnswer Pair(BatchNode n)
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(3));
        if (n.WhyNotFixed(1, 2, 4, 5, 6, 7) is { } reason) return reason;
        if (!a.HasRows && !b.HasRows) return BatchFact.Fixed();
        int rank = Math.Max(a.Rank, b.Rank), axis = a.HasRows ? a.Axis + rank - a.Rank : b.Axis + rank - b.Rank;
        return (BatchNode.WhyNotAligned(a, axis, rank) ?? BatchNode.WhyNotAligned(b, axis, rank)) is { } fault ? fault
            : BatchFact.Of(axis, n.Broadcast([a, b], rank));
    }
}
