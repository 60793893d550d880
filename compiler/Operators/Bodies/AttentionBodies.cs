using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Attention as matrix products and a softmax: https://onnx.ai/onnx/operators/onnx__Attention.html and ONNX Runtime's older forms. With
/// Q, K and V as [batch, heads, length, size]: Y = softmax(scale Q K^T + bias) V.
/// </summary>
internal static class AttentionBodies
{
    private const long MostMaskElements = 1 << 20; // of a causal mask that is written as a constant

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
        var core = new Core(heads, shared)
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
        var core = new Core(heads, heads)
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
        var core = new Core(heads, heads)
        {
            Scale = b.Attributes.Float("scale"),
            After = b.Attributes.Int("unidirectional") != 0 ? 0 : -1,
            Mask = mask,
        };
        return core.Build(b, Split(b, parts[0]!, heads), Split(b, parts[1]!, heads), Split(b, parts[2]!, heads), mergesHeads: true);
    }

    /// <summary>The known size of an axis, or -1.</summary>
    private static long SizeOf(Value value, int axis) =>
        value.Shape is { } shape && axis < shape.Rank && shape[axis].IsKnown ? shape[axis].Size : -1;

    /// <summary>[batch, length, heads * size] -> [batch, heads, length, size].</summary>
    private static Value Split(BodyBuilder b, Value value, long heads) => b.Transpose(b.Reshape(value, 0, 0, heads, -1), 0, 2, 1, 3);

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

    /// <summary>What is common to all forms, once Q, K and V are [batch, heads, length, size].</summary>
    /// <param name="Heads">The heads of Q.</param>
    /// <param name="SharedHeads">The heads of K and V; each serves as many heads of Q as the quotient tells.</param>
    private sealed record Core(long Heads, long SharedHeads)
    {
        /// <summary>The factor of the scores; 0: one over the root of the head's size.</summary>
        public float Scale { get; init; }

        /// <summary>The bound c of the scores, as c tanh(score / c); 0: none.</summary>
        public float Softcap { get; init; }

        /// <summary>How many keys in front of its own place a query sees; -1: all.</summary>
        public long Before { get; init; } = -1;

        /// <summary>How many keys behind its own place a query sees; -1: all; 0: the attention is causal.</summary>
        public long After { get; init; } = -1;

        /// <summary>The type that the softmax is computed in; Undefined: that of the scores.</summary>
        public ElementType Precision { get; init; }

        /// <summary>What is added to the scores, or, if boolean, which keys a query sees; null: no mask.</summary>
        public Value? Mask { get; init; }

        /// <summary>The cache in front of the keys, [batch, heads, length, size]; null: there is none.</summary>
        public Value? Past { get; init; }

        /// <summary>Which scores are output 3: 0 the product, 1 with mask, 2 with bound, 3 the softmax; -1: nobody uses it.</summary>
        public long ScoresMode { get; init; } = -1;

        public string? Build(BodyBuilder b, Value q, Value k, Value v, bool mergesHeads)
        {
            long size = SizeOf(q, 3);
            if (Scale == 0 && size <= 0) return "the size of its heads is not known";
            if (SharedHeads != Heads && (Heads % SharedHeads != 0 || SizeOf(k, 3) < 0 || SizeOf(v, 3) < 0))
                return "its keys cannot be repeated for each head";
            if (Mask?.Shape is { } mask && k.Shape is { } keyShape && !mask[^1].Is(1) && !mask[^1].Equals(keyShape[2]))
                return "its mask may be shorter than its keys";
            if (Softcap != 0 && ScoresMode is 1 or 2) return "its bounded scores are an output";
            ElementType type = q.ElementType;
            // Each factor gets the root of the scale, as the operator's text has it: in 16 bits the product might overflow.
            double root = Math.Sqrt(Scale == 0 ? 1 / Math.Sqrt(size) : Scale);
            Value keys = b.Transpose(Repeat(b, k), 0, 1, 3, 2);
            Value scores = Shown(b, 0, b.Add("MatMul", [b.Add("Mul", [q, b.Number(type, root)]), b.Add("Mul", [keys, b.Number(type, root)])]));
            if (Softcap != 0)
            {
                Value cap = b.Number(type, Softcap);
                scores = b.Add("Mul", [b.Add("Tanh", [b.Add("Div", [scores, cap])]), cap]);
            }
            Value? bias = Bias(b, q, k, type);
            if (bias is not null) scores = b.Add("Add", [scores, bias]);
            scores = Shown(b, 1, scores);
            scores = Shown(b, 2, scores);
            Value weights = Precision == ElementType.Undefined ? scores : b.Cast(scores, Precision);
            weights = b.Cast(b.Add("Softmax", [weights], ("axis", -1L)), type);
            if (Mask is not null) weights = WithoutMaskedRows(b, bias!, weights, type);
            weights = Shown(b, 3, weights);
            if (!mergesHeads)
            {
                b.Result(0, "MatMul", [weights, Repeat(b, v)]);
                return null;
            }
            Value merged = b.Transpose(b.Add("MatMul", [weights, Repeat(b, v)]), 0, 2, 1, 3);
            b.Result(0, "Reshape", [merged, b.Integers(0, 0, -1)]);
            return null;
        }

        private Value Shown(BodyBuilder b, long mode, Value scores) => mode == ScoresMode ? b.Result(3, "Identity", [scores]) : scores;

        /// <summary>A query that sees no key has the result 0, where the softmax of minus infinities alone is not a number.</summary>
        private static Value WithoutMaskedRows(BodyBuilder b, Value bias, Value weights, ElementType type)
        {
            Value isMasked = b.Add("Equal", [b.Add("ReduceMax", [bias, b.Integers(-1)]), b.Number(type, double.NegativeInfinity)]);
            return b.Add("Where", [isMasked, b.Number(type, 0), weights]);
        }

        /// <summary>[batch, shared, length, size] -> [batch, heads, length, size]: each head of K or V stands beside itself.</summary>
        private Value Repeat(BodyBuilder b, Value value)
        {
            if (SharedHeads == Heads) return value;
            Value one = b.Add("Unsqueeze", [value, b.Integers(2)]);
            var copies = new Value?[Heads / SharedHeads];
            Array.Fill(copies, one);
            return b.Reshape(b.Add("Concat", copies, ("axis", 2L)), 0, Heads, -1, SizeOf(value, 3));
        }

        private Value? Bias(BodyBuilder b, Value q, Value k, ElementType type)
        {
            Value? window = Before >= 0 || After >= 0 ? Window(b, q, k, type) : null;
            if (Mask is null) return window;
            Value mask = Mask.ElementType != ElementType.Bool ? b.Cast(Mask, type)
                : b.Add("Where", [Mask, b.Number(type, 0), b.Number(type, double.NegativeInfinity)]);
            return window is null ? mask : b.Add("Add", [window, mask]);
        }

        /// <summary>
        /// [queries, keys]: with i the place of a query behind the cache, 0 for the keys from i - <see cref="Before"/> to i +
        /// <see cref="After"/>, minus infinity for all others.
        /// </summary>
        private Value Window(BodyBuilder b, Value q, Value k, ElementType type)
        {
            long rows = SizeOf(q, 2), columns = SizeOf(k, 2), past = Past is null ? 0 : SizeOf(Past, 2);
            if (rows >= 0 && columns >= 0 && past >= 0 && rows * columns <= MostMaskElements)
            {
                var mask = new float[rows * columns];
                for (long i = 0; i < rows; i++)
                    for (long j = 0; j < columns; j++)
                        if ((Before >= 0 && j < i + past - Before) || (After >= 0 && j > i + past + After))
                            mask[i * columns + j] = float.NegativeInfinity;
                return b.Cast(b.Constant(TensorData.Floats(mask, rows, columns)), type);
            }
            Value row = b.Add("Unsqueeze", [Places(b, q), b.Integers(1)]), column = b.Add("Unsqueeze", [Places(b, k), b.Integers(0)]);
            if (Past is not null) row = b.Add("Add", [row, LengthOf(b, Past)]);
            Value ahead = b.Add("Sub", [column, row]); // how far the key is ahead of the query
            Value? isSeen = After < 0 ? null : b.Add("LessOrEqual", [ahead, b.Number(ElementType.Int64, After)]);
            if (Before >= 0)
            {
                Value isNear = b.Add("GreaterOrEqual", [ahead, b.Number(ElementType.Int64, -Before)]);
                isSeen = isSeen is null ? isNear : b.Add("And", [isSeen, isNear]);
            }
            return b.Add("Where", [isSeen, b.Number(type, 0), b.Number(type, double.NegativeInfinity)]);
        }

        /// <summary>0, 1, ... along axis 2 of a value.</summary>
        private static Value Places(BodyBuilder b, Value value)
        {
            Value length = b.Add("Squeeze", [LengthOf(b, value), b.Integers(0)]);
            return b.Add("Range", [b.Number(ElementType.Int64, 0), length, b.Number(ElementType.Int64, 1)]);
        }

        private static Value LengthOf(BodyBuilder b, Value value) => b.Add("Shape", [value], ("start", 2L), ("end", 3L));
    }
}
