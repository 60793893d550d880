namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that are defined sample by sample: axis 0 of their data is that of the samples.</summary>
internal static class Samples
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Of(n => Each(n, 0), "AveragePool", "Col2Im", "Conv", "ConvInteger", "ConvTranspose", "DepthToSpace",
            "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "SpaceToDepth"),
        new("MaxPool", MaxPool),
        .. BatchRule.Of(n => Each(n, 0, 2, 4), "DeformConv"), // the offsets and the mask are of each sample
        .. BatchRule.Of(n => Each(n, 0, 1), "GridSample"),
        .. BatchRule.In("com.microsoft", n => Each(n, 0), "QLinearAveragePool", "QLinearConv", "QLinearGlobalAveragePool"),
        .. BatchRule.In("com.microsoft", n => Each(n, 0, 3), "FusedConv"),
        .. BatchRule.In("com.microsoft", n => Each(n, 0, 1), "GridSample"),
        .. BatchRule.Of(n => Each(n, 0), "QLinearConv"),
        .. BatchRule.In("ai.onnx.ml", Table, "Imputer", "LinearClassifier", "LinearRegressor", "Normalizer", "Scaler", "SVMClassifier",
            "SVMRegressor", "TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor"),
    ];

    /// <summary>The result has the rank of the first input.</summary>
    /// <param name="n">The node.</param>
    /// <param name="samples">The inputs that hold samples, where they are given; all others are weights.</param>
    public static BatchAnswer Each(BatchNode n, params int[] samples)
    {
        if (!n.Inputs.Any(f => f.HasRows)) return BatchFact.Fixed();
        for (int i = 0; i < n.InputCount; i++)
        {
            if (!n.Has(i)) continue;
            if (samples.Contains(i) ? n.In(i).Axis != 0 : !n.In(i).IsFixed)
                return samples.Contains(i) ? $"the batch is not the first axis of its input {i}" : $"its input {i} depends on the batch";
        }
        ImmutableArray<Extent> dims = n.In(0).Dims;
        return BatchFact.Rows(0, [dims[0], .. dims.Skip(1).Select(_ => n.Fresh())]);
    }

    private static BatchAnswer MaxPool(BatchNode n) =>
        n.Node.Output(1) is not null && n.In(0).HasRows ? "its second output counts elements from the start of the batch" : Each(n, 0);

    /// <summary>A sample is a row of a table; each output has one row for it.</summary>
    private static BatchAnswer Table(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.HasRows && (x.Axis != 0 || x.Rank != 2)) return "its input is no table with a row for each sample";
        int columns = n.Node.Op.Type.EndsWith("Classifier", StringComparison.Ordinal) ? 1 : 2; // labels are a vector
        return BatchAnswer.Of(Rows(columns), Rows(2));

        BatchFact Rows(int rank) =>
            x.HasRows ? BatchFact.Rows(0, [x.Dims[0], .. Enumerable.Range(1, rank - 1).Select(_ => n.Fresh())]) : n.OfRank(rank);
    }
}
