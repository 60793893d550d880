namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Normalisations: with statistics of a sample, or with those that are weights.</summary>
internal static class Normalizations
{
    public static IEnumerable<BatchRule> Rules =>
    [
        new("BatchNormalization", BatchNormalization),
        .. BatchRule.Of(n => Channels(n, 1, 2), "InstanceNormalization", "GroupNormalization"),
        new("LRN", n => Channels(n)),
        .. BatchRule.Of(n => Layer(n, n.Attributes.Int("axis", -1), 1, 2),
            "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"),
        new("MeanVarianceNormalization", MeanVariance),
        .. BatchRule.In("com.microsoft", SkipLayer, "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"),
    ];

    private static BatchAnswer BatchNormalization(BatchNode n)
    {
        bool trains = n.Attributes.Int("training_mode") != 0 || n.Node.Outputs.Skip(1).Any(o => o is not null);
        if (n.In(0).HasRows && trains) return "it takes the statistics of the whole batch";
        return n.In(0).Axis == 1 ? "the batch is its channel axis" : n.WhyNotFixed(1, 2, 3, 4) ?? (BatchAnswer)n.In(0);
    }

    /// <summary>Statistics of a sample: axis 0 is that of samples, axis 1 that of channels.</summary>
    private static BatchAnswer Channels(BatchNode n, params int[] weights) =>
        n.In(0).Axis > 0 ? "the batch is not its first axis" : n.WhyNotFixed(weights) ?? (BatchAnswer)n.In(0);

    /// <summary>All axes from one on are normalised together. Further outputs are statistics, of size 1 along these axes.</summary>
    private static BatchAnswer Layer(BatchNode n, long first, params int[] weights)
    {
        BatchFact x = n.In(0);
        if (BatchNode.Axis(first, x.Rank) is not { } axis) return x.HasRows ? "its axis is not known" : BatchAnswer.Of(x, x, x);
        if (x.Axis >= axis) return "it normalises over the batch";
        foreach (int i in weights)
            if (n.Has(i) && (n.WhyNotFixed(i) ?? BatchNode.WhyNotAligned(n.In(i), x.Axis, x.Rank)) is { } reason) return reason;
        BatchFact statistics = BatchFact.Of(x.Axis, [.. x.Dims.Select((d, i) => i >= axis ? Extent.One : d)]);
        return BatchAnswer.Of(x, statistics, statistics);
    }

    private static BatchAnswer MeanVariance(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows) return x;
        long[] axes = n.Attributes.Ints("axes") is { IsDefault: false } given ? [.. given] : [0, 2, 3];
        return axes.Any(a => BatchNode.Axis(a, x.Rank) is not { } axis || axis == x.Axis) ? "it normalises over the batch" : x;
    }

    /// <summary>The sum of two inputs is normalised over its last axis, and is the fourth output.</summary>
    private static BatchAnswer SkipLayer(BatchNode n)
    {
        (BatchFact x, BatchFact skip) = (n.In(0), n.In(1));
        if ((BatchNode.WhyNotAligned(skip, x.Axis, x.Rank) ?? n.WhyNotFixed(2, 3, 4)) is { } reason) return reason;
        BatchAnswer answer = Layer(n, -1);
        return answer.Refusal is null ? BatchAnswer.Of(answer.Facts[0], answer.Facts[1], answer.Facts[2], x) : answer;
    }
}
