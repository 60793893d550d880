namespace GraphPartition.Operators.Families;

/// <summary>
/// ONNX Runtime's fused operators (domain com.microsoft) that exporters and its optimiser write:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. Relatives of standard operators are in
/// those operators' families.
/// </summary>
internal static class Contrib
{
    private const string Domain = "com.microsoft";

    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.In(Domain, Elementwise.SameAsFirst,
            "BiasDropout", "BiasSoftmax", "BitmaskBiasDropout", "BitmaskDropout", "CausalConvWithState", "FastGelu",
            "GatedRMSNorm", "Gelu", "GroupNorm", "LongformerAttention",
            "MRotaryEmbedding", "MoE", "QMoE", "QOrderedLongformerAttention", "QuickGelu", "RotaryEmbedding", "SampleOp"),
        .. OperatorRow.In(Domain, Elementwise.Broadcast, "BiasAdd", "BiasGelu", "GatedAdd"),
        .. OperatorRow.In(Domain, SkipLayerNormalization, "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"),
        .. OperatorRow.In(Domain, n => SameAll(n), "SkipGroupNorm"),
        .. OperatorRow.In(Domain, EmbedLayerNormalization, "EmbedLayerNormalization", "QEmbedLayerNormalization"),
        .. OperatorRow.In(Domain, BiasSplitGelu, "BiasSplitGelu"),
        .. OperatorRow.In(Domain, n => n.Set(0, n.Shape(1)), "NGramRepeatBlock"),
        .. OperatorRow.In(Domain, n => PackedAttention(n, past: 4), "Attention", "DecoderMaskedSelfAttention"),
        .. OperatorRow.In(Domain, n => PackedAttention(n, past: 8), "QAttention"),
        .. OperatorRow.In(Domain, n => n.Set(0, new Shape(n.Dim(0, 0), n.Dim(0, 1), n.Dim(7, 1))), "QOrderedAttention"),
        .. OperatorRow.In(Domain, UnpaddedAttention, "PackedAttention"),
        .. OperatorRow.In(Domain, UnpaddedMultiHeadAttention, "PackedMultiHeadAttention"),
        .. OperatorRow.In(Domain, MultiHeadAttention, "MultiHeadAttention", "DecoderMaskedMultiHeadAttention"),
        .. OperatorRow.In(Domain, GroupQueryAttention, "GroupQueryAttention", "SparseAttention"),
        .. OperatorRow.In(Domain, n => n.Set(0, new Shape(n.Dim(0, 0), n.Dim(1, 0))), "CDist"),
        .. OperatorRow.In(Domain, n => n.Set(0, Shape.Scalar), "IsAllFinite"),
        .. OperatorRow.In(Domain,
            n => n.Set(0, n.Shape(1) is { } i && n.Shape(0) is { Rank: > 0 } w ? new Shape(i.Dims.Add(w[^1])) : null), "TorchEmbedding"),
        .. OperatorRow.In(Domain, RelativePositionBias, "RelativePositionBias"),
        .. OperatorRow.In(Domain, GemmaRotaryEmbedding, "GemmaRotaryEmbedding"),
        .. OperatorRow.In(Domain, WordConvEmbedding, "WordConvEmbedding"),
        .. OperatorRow.In(Domain, BifurcationDetector, "BifurcationDetector"),
    ];

    private static void SameAll(NodeTyping n)
    {
        for (int i = 0; i < n.OutputCount; i++) n.Set(i, n.Shape(0));
    }

    /// <summary>Outputs: the normalised sum, its mean, its inverse deviation (both [.., 1]), and the sum itself.</summary>
    private static void SkipLayerNormalization(NodeTyping n)
    {
        Normalization.Statistics(n, ElementType.Float32);
        n.Set(3, n.Shape(0));
    }

    private static void EmbedLayerNormalization(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 2 } ids) return;
        var shape = new Shape([.. ids, n.Dim(2, -1)]);
        n.Set(0, n.Element(2) is ElementType.UInt8 or ElementType.Int8 ? ElementType.Float32 : n.Element(2), shape);
        n.Set(1, ElementType.Int32, n.Int("mask_index_type", 1) == 1 || !n.Attributes.Has("mask_index_type") ? new Shape(ids[0]) : null);
        n.Set(2, shape);
    }

    /// <summary>Halves the last dimension: one half is the gate.</summary>
    private static void BiasSplitGelu(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } s) n.Set(0, s.With(s.Rank - 1, DimMath.Div(s[^1], 2)));
    }

    /// <summary>Input [batch, length, hidden] times packed weights; present is [2, batch, heads, total, size].</summary>
    private static void PackedAttention(NodeTyping n, int past)
    {
        if (n.Shape(0) is not { Rank: 3 } x) return;
        var sizes = n.Attributes.Ints("qkv_hidden_sizes");
        Dim hidden = sizes is { IsDefault: false, Length: 3 } ? DimMath.Size(sizes[2]) : DimMath.Div(n.Dim(1, 1), 3);
        Dim heads = n.Int("num_heads") is > 0 and var h ? DimMath.Size(h) : Dim.Unknown;
        n.Set(0, new Shape(x[0], x[1], hidden));
        Dim total = n.Has(past) ? n.Int("past_present_share_buffer") != 0 ? n.Dim(past, 3) : DimMath.Add(n.Dim(past, 3), x[1]) : x[1];
        n.Set(1, new Shape(2, x[0], heads, total, DimMath.Div(hidden, heads)));
    }

    /// <summary>Query [batch, length, hidden], or QKV packed into one [batch, length, heads, 3, size].</summary>
    private static void MultiHeadAttention(NodeTyping n)
    {
        Dim heads = n.Int("num_heads") is > 0 and var h ? DimMath.Size(h) : Dim.Unknown;
        if (n.Shape(0) is { Rank: 5 } packed)
        {
            n.Set(0, new Shape(packed[0], packed[1], DimMath.Mul(packed[2], packed[4])));
            return;
        }
        if (n.Shape(0) is not { Rank: 3 } q) return;
        Dim hidden = n.Shape(2) switch { { Rank: 3 } v => v[2], { Rank: 4 } v => DimMath.Mul(v[1], v[3]), _ => q[2] };
        n.Set(0, new Shape(q[0], q[1], hidden));
        if (n.Shape(1) is not { Rank: 3 or 4 } k || n.Has(6)) return; // how a cache grows depends on more than shapes
        Dim keys = k.Rank == 4 ? k[2] : k[1];
        n.Set(1, new Shape(q[0], heads, keys, k.Rank == 4 ? k[3] : DimMath.Div(k[^1], heads)));
        n.Set(2, new Shape(q[0], heads, keys, DimMath.Div(hidden, heads)));
    }

    /// <summary>Query [batch, length, heads * size]; without a key it holds all three, packed.</summary>
    private static void GroupQueryAttention(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 } q) return;
        long heads = n.Int("num_heads"), shared = n.Int("kv_num_heads");
        if (heads is <= 0 or > int.MaxValue || shared is <= 0 or > int.MaxValue) return;
        Dim size = n.Has(1) ? DimMath.Div(q[2], heads) : DimMath.Div(q[2], heads + 2 * shared);
        n.Set(0, new Shape(q[0], q[1], DimMath.Mul(size, heads)));
        for (int i = 1; i < Math.Min(3, n.OutputCount); i++)
            n.Set(i, new Shape(q[0], shared, Dim.Unknown, n.Dim(3, 3) is { IsUnknown: false } packed ? packed : size));
    }

    private static void RelativePositionBias(NodeTyping n)
    {
        Dim query = n.Elements(1) is [var q] ? DimMath.AsDim(q) : Dim.Unknown,
            key = n.Elements(2) is [var k] ? DimMath.AsDim(k) : Dim.Unknown;
        n.Set(0, new Shape(1, n.Dim(0, 1), query, key));
    }

    /// <summary>As Attention, on the tokens of all sentences one after another: [tokens, hidden].</summary>
    private static void UnpaddedAttention(NodeTyping n)
    {
        var sizes = n.Attributes.Ints("qkv_hidden_sizes");
        Dim hidden = sizes is { IsDefault: false, Length: 3 } ? DimMath.Size(sizes[2]) : DimMath.Div(n.Dim(1, 1), 3);
        n.Set(0, new Shape(n.Dim(0, 0), hidden));
    }

    /// <summary>Query [tokens, hidden], or QKV packed into one [tokens, heads, 3, size].</summary>
    private static void UnpaddedMultiHeadAttention(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: 4 } packed) n.Set(0, new Shape(packed[0], DimMath.Mul(packed[1], packed[3])));
        else if (n.Shape(0) is { Rank: 2 } q) n.Set(0, new Shape(q[0], n.Dim(2, 1)));
    }

    private static void GemmaRotaryEmbedding(NodeTyping n)
    {
        n.Set(0, n.Shape(1));
        n.Set(1, n.Shape(3));
    }

    /// <summary>The letters of each word, [..., letters], become one vector of as many elements as there are filters.</summary>
    private static void WordConvEmbedding(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } letters) n.Set(0, letters.With(letters.Rank - 1, n.Dim(1, 0)));
    }

    private static void BifurcationDetector(NodeTyping n)
    {
        n.Set(0, new Shape(n.FreshSymbol()));
        n.Set(1, Shape.Scalar);
    }
}
