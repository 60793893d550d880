namespace GraphPartition.Operators.Families;

/// <summary>Normalisation, softmax and dropout: the output has the input's shape.</summary>
internal static class Normalization
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(Elementwise.SameAsFirst,
            "GroupNormalization", "ImageScaler", "InstanceNormalization", "LRN", "LpNormalization", "MeanVarianceNormalization"),
        .. OperatorRow.Of(AlongAxis, "Hardmax", "LogSoftmax", "Softmax"),
        new("RMSNormalization", n => Statistics(n, ElementType.Undefined)),
        new("LayerNormalization", n => Statistics(n, n.ElementAttribute("stash_type", ElementType.Float32))),
        new("SimplifiedLayerNormalization", n => Statistics(n, n.ElementAttribute("stash_type", ElementType.Float32))),
        new("BatchNormalization", BatchNormalization),
        new("Dropout", Dropout),
    ];

    /// <summary>The first output has the input's shape; the others that shape with 1 from the axis on.</summary>
    public static void Statistics(NodeTyping n, ElementType statistics)
    {
        n.Set(0, n.Shape(0));
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank) is not { } axis) return;
        var dims = new Dim[shape.Rank];
        for (int i = 0; i < dims.Length; i++) dims[i] = i < axis ? shape[i] : 1;
        for (int i = 1; i < n.OutputCount; i++) n.Set(i, statistics, new Shape(dims));
    }

    private static void AlongAxis(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } shape) n.Axis("axis", -1, shape.Rank);
        n.Set(0, n.Shape(0));
    }

    private static void BatchNormalization(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: >= 2 } x)
            for (int i = 1; i < 5; i++)
                if (n.Shape(i) is { Rank: 1 } s) n.Same(x[1], s[0], $"the channels of {x} and the length of input {i}");
        n.Set(0, n.Shape(0));
        for (int i = 1; i < n.OutputCount; i++) n.Set(i, n.Shape(Math.Min(i + 2, 4)));
    }

    private static void Dropout(NodeTyping n)
    {
        n.Set(0, n.Shape(0));
        n.Set(1, ElementType.Bool, n.Shape(0));
    }
}
