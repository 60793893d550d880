using static GraphPartition.Operators.Bodies.AttentionCore;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Attention as matrix products and a softmax: https://onnx.ai/onnx/operators/onnx__Attention.html and ONNX Runtime's older forms. With
/// Q, K and V as [batch, heads, length, size]: Y = softmax(scale Q K^T + bias) V.
/// </summary>
internal static class AttentionBodies
{
    /// <summary>Attention(Q, K, V, mask?, past key?, past value?) -> Y, present key?, present value?, scores?</summary>
    public static string? Attention(BodyBuilder b)
    {
        if (b.Has(6)) return "its input nonpad_kv_seqlen has no form in other operators here";
        if (b.Input(0).Shape is not { } shape) return "the rank of its input is not known";
        bool isSplit = shape.Rank == 4;
        long heads = isSplit ? SizeOf(b.Input(0), 1) : b.Attributes.Int("q_num_heads");
        long shared = isSplit ? SizeOf(b.Input(1), 1) : b.Attributes.Int("kv_num_heads");
        if (heads <= 0 || shared <= 0) return "its number of heads is not known";
        Value q = isSplit ? b.Input(0) : Split(b, b.Input(0), heads);
        Value k = isSplit ? b.Input(1) : Split(b, b.Input(1), shared);
        Value v = isSplit ? b.Input(2) : Split(b, b.Input(2), shared);
        var core = new AttentionCore(heads, shared)
        {
            Scale = b.Attributes.Float("scale"),
            Softcap = b.Attributes.Float("softcap"),
            Before = b.Attributes.Int("left_window_size", -1),
            After = b.Attributes.Int("is_causal") != 0 ? 0 : b.Attributes.Int("right_window_size", -1),
            Precision = (ElementType)b.Attributes.Int("softmax_precision"),
            Mask = b.Has(3) ? b.Input(3) : null,
        };
        if (b.Has(4)) core = core with { Past = b.Input(4) };
        if (core.Mask is { Shape: null or { Rank: 0 } }) return "the rank of its mask is not known";
        if (b.Has(4)) k = Join(b, 1, b.Input(4), k);
        else if (b.Wants(1)) k = b.Result(1, "Identity", [k]);
        if (b.Has(5)) v = Join(b, 2, b.Input(5), v);
        else if (b.Wants(2)) v = b.Result(2, "Identity", [v]);
        if (b.Wants(3)) core = core with { ScoresMode = b.Attributes.Int("qk_matmul_output_mode") };
        return core.Build(b, q, k, v, mergesHeads: !isSplit);
    }

    /// <summary>
    /// ONNX Runtime's MultiHeadAttention(query, key, value, bias?, padding mask?, attention bias?, past key?, past value?) -> Y, present
    /// key?, present value?; all [batch, length, heads * size], keys and values also as [batch, heads, length, size].
    /// </summary>
    public static string? MultiHeadAttention(BodyBuilder b)
    {
        long heads = b.Attributes.Int("num_heads");
        if (!b.Has(1) || !b.Has(2) || b.Input(0).Shape is not { Rank: 3 }) return "its query, key and value are packed into one tensor";
        if (b.Has(8) || b.Has(9) || b.Wants(3)) return "it works on a shared cache";
        Value q = b.Input(0), k = b.Input(1), v = b.Input(2);
        if (b.Has(3))
        {
            long hidden = SizeOf(q, 2);
            if (hidden < 0) return "the size of its query is not known";
            q = b.Add("Add", [q, Part(b, b.Input(3), 0, hidden)]);
            if (k.Shape is { Rank: 3 }) k = b.Add("Add", [k, Part(b, b.Input(3), hidden, 2 * hidden)]);
            if (v.Shape is { Rank: 3 }) v = b.Add("Add", [v, Part(b, b.Input(3), 2 * hidden, long.MaxValue)]);
        }
        if (k.Shape is not { Rank: 3 or 4 } || v.Shape is not { Rank: 3 or 4 }) return "the rank of its key or value is not known";
        q = Split(b, q, heads);
        if (k.Shape is { Rank: 3 }) k = Split(b, k, heads);
        if (v.Shape is { Rank: 3 }) v = Split(b, v, heads);
        if (b.Has(6)) k = Join(b, 1, b.Input(6), k);
        else if (b.Wants(1)) k = b.Result(1, "Identity", [k]);
        if (b.Has(7)) v = Join(b, 2, b.Input(7), v);
        else if (b.Wants(2)) v = b.Result(2, "Identity", [v]);
        Value? mask = b.Has(5) ? b.Input(5) : null;
        if (b.Has(4))
        {
            if (PaddingBias(b, b.Input(4), q.ElementType) is not { } padding) return "its padding mask is not [batch, length]";
            mask = mask is null ? padding : b.Add("Add", [mask, padding]);
        }
        var core = new AttentionCore(heads, heads)
        {
            Scale = b.Attributes.Float("scale"),
            After = b.Attributes.Int("unidirectional") != 0 ? 0 : -1,
            Past = b.Has(6) ? b.Input(6) : null,
            Mask = mask,
        };
        return core.Build(b, q, k, v, mergesHeads: true);
    }

    /// <summary>
    /// ONNX Runtime's Attention(x, weights, bias?, mask?, past?, attention bias?) -> Y: x [batch, length, hidden] times packed weights
    /// gives Q, K and V side by side.
    /// </summary>
    public static string? PackedAttention(BodyBuilder b)
    {
        if (b.Has(4) || b.Wants(1)) return "it has a cache";
        Value all = b.Add("MatMul", [b.Input(0), b.Input(1)]);
        if (b.Has(2)) all = b.Add("Add", [all, b.Input(2)]);
        return Packed(b, all, padding: 3, bias: 5);
    }

    /// <summary>
    /// ONNX Runtime's QAttention(x, weights, bias, x scale, weight scale, mask?, x zero point?, weight zero point?, past?) -> Y: the
    /// projection is of 8-bit numbers, the rest is Attention on its real result.
    /// </summary>
    public static string? QuantizedAttention(BodyBuilder b)
    {
        if (b.Has(8) || b.Wants(1)) return "it has a cache";
        if (IntegerBodies.Product(b, 0, 1, 3, 4, 6, 7) is not { } real) return "the rank of its input is not known";
        return Packed(b, b.Cast(b.Add("Add", [real, b.Cast(b.Input(2), ElementType.Float32)]), b.OutputElement(0)), padding: 5, bias: -1);
    }

    /// <summary>Attention of Q, K and V side by side, [batch, length, sizes of all three].</summary>
    private static string? Packed(BodyBuilder b, Value all, int padding, int bias)
    {
        if (b.Attributes.Int("do_rotary") != 0) return "it rotates its query and key";
        long heads = b.Attributes.Int("num_heads"), packed = SizeOf(b.Input(1), 1);
        if (packed < 0) return "the size of its weights is not known";
        long[] sizes = b.Attributes.Ints("qkv_hidden_sizes") is { IsDefault: false, Length: 3 } given
            ? [.. given] : [packed / 3, packed / 3, packed / 3];
        ImmutableArray<Value?> parts = b.AddMany("Split", [all, b.Integers(sizes)], 3, ("axis", 2L));
        Value? mask = bias >= 0 && b.Has(bias) ? b.Input(bias) : null;
        if (b.Has(padding))
        {
            if (PaddingBias(b, b.Input(padding), all.ElementType) is not { } added) return "its mask is not [batch, length]";
            mask = mask is null ? added : b.Add("Add", [mask, added]);
        }
        var core = new AttentionCore(heads, heads)
        {
            Scale = b.Attributes.Float("scale"),
            After = b.Attributes.Int("unidirectional") != 0 ? 0 : -1,
            Mask = mask,
        };
        return core.Build(b, Split(b, parts[0]!, heads), Split(b, parts[1]!, heads), Split(b, parts[2]!, heads), mergesHeads: true);
    }

    /// <summary>The cache and what is new, one after another; an output where it is used.</summary>
    private static Value Join(BodyBuilder b, int output, Value past, Value next) => b.Wants(output)
        ? b.Result(output, "Concat", [past, next], ("axis", 2L)) : b.Add("Concat", [past, next], ("axis", 2L));

    private static Value Part(BodyBuilder b, Value vector, long from, long to) =>
        b.Add("Slice", [vector, b.Integers(from), b.Integers(to), b.Integers(0)]);

    /// <summary>
    /// A mask [batch, keys] of 1 (attend) and 0 (ignore) as numbers to add to the scores, [batch, 1, 1, keys]: (1 - mask) * filter value.
    /// </summary>
    private static Value? PaddingBias(BodyBuilder b, Value mask, ElementType type)
    {
        if (mask.Shape is not { Rank: 2 }) return null;
        Value absent = b.Add("Sub", [b.Number(type, 1), b.Cast(mask, type)]);
        Value bias = b.Add("Mul", [absent, b.Number(type, b.Attributes.Float("mask_filter_value", -10000))]);
        return b.Add("Unsqueeze", [bias, b.Integers(1, 2)]);
    }

    /// <summary>
    /// FlexAttention(Q, K, V), all [batch, heads, length, size]: the scores and the weights go through graphs that the node brings along
    /// (https://onnx.ai/onnx/operators/onnx_aionnxpreview_FlexAttention.html).
    /// </summary>
    public static string? FlexAttention(BodyBuilder b)
    {
        Value q = b.Input(0), k = b.Input(1), v = b.Input(2);
        ElementType type = q.ElementType, precision = (ElementType)b.Attributes.Int("softmax_precision", (long)type);
        if (type != ElementType.Float32 && !b.Attributes.Has("softmax_precision")) return "the type of its softmax is not known";
        if (SizeOf(q, 3) is not (> 0 and var size) || SizeOf(q, 1) is not (> 0 and var heads) || SizeOf(k, 1) is not (> 0 and var shared))
            return "its heads are not known";
        var core = new AttentionCore(heads, shared);
        if (heads % shared != 0 || (heads != shared && (SizeOf(k, 3) < 0 || SizeOf(v, 3) < 0))) return "its keys cannot be repeated for each head";
        float scale = b.Attributes.Float("scale");
        Value root = b.Number(type, Math.Sqrt(scale == 0 ? 1 / Math.Sqrt(size) : scale));
        Value keys = b.Transpose(core.Repeat(b, k), 0, 1, 3, 2);
        Value scores = b.Cast(b.Add("MatMul", [b.Add("Mul", [q, root]), b.Add("Mul", [keys, root])]), precision);
        if (b.Attributes.Body("score_mod") is { } change) scores = b.Inline(change, scores)[0];
        Value weights = b.Add("Softmax", [scores], ("axis", -1L));
        if (b.Attributes.Body("prob_mod") is { } changeWeights) weights = b.Inline(changeWeights, weights)[0];
        b.Result(0, "MatMul", [b.Cast(weights, type), core.Repeat(b, v)]);
        return null;
    }
}
