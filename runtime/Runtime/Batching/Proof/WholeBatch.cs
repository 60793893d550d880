namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>
/// Operators that look at all that they get: right where that is the same for every batch, wrong where it has rows. They are listed for
/// the reason that they give.
/// </summary>
internal static class WholeBatch
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. Unless("it takes one scale for the whole batch", "DynamicQuantizeLinear"),
        .. BatchRule.In("com.microsoft", Unless("it takes one scale for the whole batch"), "DynamicQuantizeLSTM", "DynamicQuantizeMatMul"),
        .. Unless("how many elements it finds depends on the whole batch", "Compress", "NonMaxSuppression", "NonZero", "Unique"),
        .. Unless("it takes regions of the whole batch by number", "MaxRoiPool", "RoiAlign"),
        .. Unless("its places count from the start of the batch", "MaxUnpool"),
        .. Unless("it numbers the rows of the batch", "EyeLike", "Range"),
        .. Unless("its result is one for the whole batch", "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"),
        .. Unless("it is a window of its own", "BlackmanWindow", "HammingWindow", "HannWindow", "MelWeightMatrix"),
        .. BatchRule.Sized(_ => "it draws random numbers",
            "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
    ];

    private static IEnumerable<BatchRule> Unless(string reason, params string[] operators) => BatchRule.Sized(Unless(reason), operators);

    private static Follow Unless(string reason) => n =>
        n.Inputs.All(f => f.IsFixed) ? BatchAnswer.Of([.. n.Node.Outputs.Select(_ => BatchFact.Fixed())]) : reason;
}
