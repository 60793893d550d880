namespace GraphPartition.Operators.Bodies;

/// <summary>Normalizations as arithmetic: https://onnx.ai/onnx/operators/onnx__LayerNormalization.html and its relatives.</summary>
internal static class NormalizationBodies
{
    /// <summary>LayerNormalization(X, scale, bias?) -> Y, mean?, 1 / deviation?</summary>
    public static string? LayerNormalization(BodyBuilder b) =>
        Normalize(b, b.Input(0), b.Input(1), Optional(b, 2), centers: true, b.Attributes.Float("epsilon", 1e-5f));

    /// <summary>RMSNormalization(X, scale) -> Y, 1 / root mean square? The mean is not subtracted.</summary>
    public static string? RmsNormalization(BodyBuilder b) =>
        Normalize(b, b.Input(0), b.Input(1), bias: null, centers: false, b.Attributes.Float("epsilon", 1e-5f));

    /// <summary>
    /// ONNX Runtime's SkipLayerNormalization(input, skip, gamma, beta?, bias?) -> Y, mean?, 1 / deviation?, input + skip + bias?
    /// </summary>
    public static string? SkipLayerNormalization(BodyBuilder b) => Skip(b, beta: 3, bias: 4, centers: true);

    /// <summary>ONNX Runtime's SkipSimplifiedLayerNormalization(input, skip, gamma, bias?): as above, without mean and beta.</summary>
    public static string? SkipRmsNormalization(BodyBuilder b) => Skip(b, beta: -1, bias: 3, centers: false);

    /// <summary>
    /// ONNX Runtime's EmbedLayerNormalization(ids, segments?, words, positions, segment table?, gamma, beta, mask?, position ids?) ->
    /// Y, length of each mask?, sum? The sum of three embeddings is normalized.
    /// </summary>
    public static string? EmbedLayerNormalization(BodyBuilder b)
    {
        if (b.Wants(1) && b.Attributes.Int("mask_index_type", 1) != 1) return "its mask_index_type is not 1";
        return Embed(b, b.Input, b.Has(8) ? b.Input(8) : null);
    }

    /// <summary>
    /// ONNX Runtime's QEmbedLayerNormalization: as above, but tables, gamma and beta are of 8 bits. Their scales are the inputs 8 to 12,
    /// their zero points 13 to 17.
    /// </summary>
    public static string? QuantizedEmbedLayerNormalization(BodyBuilder b) =>
        Embed(b, i => b.Add("DequantizeLinear", [b.Input(i), b.Input(i + 6), b.Input(i + 11)]), positionIds: null);

    /// <param name="b">The body.</param>
    /// <param name="table">A table, gamma or beta (inputs 2 to 6) in floats.</param>
    /// <param name="positionIds">The rows of the positions' table; null: 0, 1, ...</param>
    private static string? Embed(BodyBuilder b, Func<int, Value> table, Value? positionIds)
    {
        Value ids = b.Input(0);
        Value positions = table(3);
        Value length = b.Add("Shape", [ids], ("start", 1L), ("end", 2L));
        positions = positionIds is not null ? b.Add("Gather", [positions, positionIds])
            : b.Add("Slice", [positions, b.Integers(0), length, b.Integers(0)]);
        Value sum = b.Add("Add", [b.Add("Gather", [table(2), ids]), positions]);
        if (b.Has(1) && b.Has(4)) sum = b.Add("Add", [sum, b.Add("Gather", [table(4), b.Input(1)])]);
        if (b.Wants(1))
        {
            Value counted = b.Has(7) ? b.Input(7) : b.Add("Mul", [ids, b.Number(ElementType.Int32, 0)]);
            b.Result(1, "ReduceSum", [counted, b.Integers(1)], ("keepdims", 0L));
        }
        if (b.Wants(2)) b.Result(2, "Identity", [sum]);
        return Normalize(b, sum, table(5), table(6), centers: true, b.Attributes.Float("epsilon", 1e-12f), statistics: false);
    }

    /// <summary>
    /// GroupNormalization(X, scale, bias): each group of channels of X [N, C, ...] is normalized, then each channel is scaled.
    /// </summary>
    public static string? GroupNormalization(BodyBuilder b)
    {
        if (b.Input(0).Shape is not { Rank: >= 3 } shape) return "the rank of its input is not known";
        long groups = b.Attributes.Int("num_groups");
        if (groups <= 0) return "it has no number of groups";
        ElementType type = b.Element(0);
        Value x = b.Cast(b.Input(0), Stash(b, type));
        // [N, C, spatial] -> [N, groups, C / groups * spatial]
        Value split = Standardized(b, b.Reshape(x, 0, groups, -1), b.Integers(-1), centers: true,
            b.Attributes.Float("epsilon", 1e-5f), out _, out _);
        Value whole = b.Cast(b.Add("Reshape", [split, b.Add("Shape", [b.Input(0)])]), type);
        long[] column = new long[shape.Rank - 1];
        Array.Fill(column, 1);
        column[0] = -1;
        Value scaled = b.Add("Mul", [whole, b.Reshape(b.Input(1), column)]);
        b.Result(0, "Add", [scaled, b.Reshape(b.Input(2), column)]);
        return null;
    }

    /// <summary>MeanVarianceNormalization(X): over the axes, (X - mean) / (deviation + 1e-9).</summary>
    public static string? MeanVarianceNormalization(BodyBuilder b)
    {
        ImmutableArray<long> axes = b.Attributes.Ints("axes") is { IsDefault: false } given ? given : [0, 2, 3];
        Value x = b.Input(0), over = b.Integers(axes.AsSpan());
        Value deviation = b.Add("Sub", [x, b.Add("ReduceMean", [x, over])]);
        Value variance = b.Add("ReduceMean", [b.Add("Mul", [deviation, deviation]), over]);
        Value divisor = b.Add("Add", [b.Add("Sqrt", [variance]), b.Number(x.ElementType, 1e-9)]);
        b.Result(0, "Div", [deviation, divisor]);
        return null;
    }

    private static string? Skip(BodyBuilder b, int beta, int bias, bool centers)
    {
        Value sum = b.Add("Add", [b.Input(0), b.Input(1)]);
        if (b.Has(bias)) sum = b.Add("Add", [sum, b.Input(bias)]);
        if (b.Wants(3)) sum = b.Result(3, "Identity", [sum]);
        return Normalize(b, sum, b.Input(2), Optional(b, beta), centers, b.Attributes.Float("epsilon", 1e-12f));
    }

    private static Value? Optional(BodyBuilder b, int input) => input >= 0 && b.Has(input) ? b.Input(input) : null;

    /// <summary>Standardizes x over its last axes, then scales and shifts it: result 0. The statistics may be results, too.</summary>
    private static string? Normalize(
        BodyBuilder b, Value x, Value scale, Value? bias, bool centers, float epsilon, bool statistics = true)
    {
        long axis = b.Attributes.Int("axis", -1);
        if (axis >= 0)
        {
            if (x.Shape is not { } shape) return "the rank of its input is not known";
            axis -= shape.Rank;
        }
        if (axis >= 0) return "its axis is out of range";
        ElementType type = x.ElementType;
        if (type == ElementType.Undefined) return "the type of its input is not known";
        long[] axes = new long[-axis];
        for (int i = 0; i < axes.Length; i++) axes[i] = axis + i;
        Value normal = Standardized(b, b.Cast(x, Stash(b, type)), b.Integers(axes), centers, epsilon, out Value? mean, out Value deviation);
        normal = b.Cast(normal, type);
        if (bias is not null) b.Result(0, "Add", [b.Add("Mul", [normal, scale]), bias]);
        else b.Result(0, "Mul", [normal, scale]);
        if (!statistics) return null;
        if (centers && b.Wants(1)) b.Result(1, "Identity", [mean]);
        int inverse = centers ? 2 : 1;
        if (b.Wants(inverse)) b.Result(inverse, "Reciprocal", [deviation]);
        return null;
    }

    /// <summary>
    /// (x - mean) / sqrt(variance + epsilon), or x / sqrt(mean square + epsilon). It is written as exporters write it, so that ONNX Runtime
    /// and TensorRT find their own fused kernel in it again.
    /// </summary>
    private static Value Standardized(
        BodyBuilder b, Value x, Value axes, bool centers, float epsilon, out Value? mean, out Value deviation)
    {
        mean = centers ? b.Add("ReduceMean", [x, axes]) : null;
        Value centered = mean is null ? x : b.Add("Sub", [x, mean]);
        Value square = b.Add("Pow", [centered, b.Number(x.ElementType, 2)]);
        Value variance = b.Add("ReduceMean", [square, axes]);
        deviation = b.Add("Sqrt", [b.Add("Add", [variance, b.Number(x.ElementType, epsilon)])]);
        return b.Add("Div", [centered, deviation]);
    }

    /// <summary>Statistics of 16-bit floats are computed in 32 bits (attribute stash_type; ONNX Runtime's own kernels do so too).</summary>
    private static ElementType Stash(BodyBuilder b, ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 ? (ElementType)b.Attributes.Int("stash_type", (long)ElementType.Float32) : type;
}
