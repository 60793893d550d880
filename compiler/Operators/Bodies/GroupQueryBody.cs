using static GraphPartition.Operators.Bodies.AttentionCore;

namespace GraphPartition.Operators.Bodies;

/// <summary>
/// ONNX Runtime's GroupQueryAttention as gathers, matrix products and a softmax:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention.
/// </summary>
internal static class GroupQueryBody
{
    private const int Query = 0, Key = 1, Values = 2, PastKey = 3, PastValue = 4, LastKeys = 5, Total = 6, Cos = 7, Sin = 8, Positions = 9,
        Bias = 10, FirstUnknownInput = 11;

    /// <summary>
    /// GroupQueryAttention(Q, K?, V?, past key?, past value?, index of the last key of each sample, length of the longest sample, cos?,
    /// sin?, positions?, bias?) -> Y, present key, present value. Samples may be of different lengths: with S new tokens, the first one
    /// of a sample has the place p = max(0, last key + 1 - S), and it sees the keys up to its own place.
    /// </summary>
    public static string? GroupQueryAttention(BodyBuilder b)
    {
        if (Objection(b) is { } objection) return objection;
        long heads = b.Attributes.Int("num_heads"), shared = b.Attributes.Int("kv_num_heads");
        long hidden = SizeOf(b.Input(Query), 2), size = b.Has(Key) ? hidden / heads : hidden / (heads + 2 * shared);
        if (hidden <= 0) return "the size of its heads is not known";
        (Value? q, Value? k, Value? v) = (b.Input(Query), b.Has(Key) ? b.Input(Key) : null, b.Has(Key) ? b.Input(Values) : null);
        if (k is null)
        {
            ImmutableArray<Value?> parts = b.AddMany("Split", [q, b.Integers(heads * size, shared * size, shared * size)], 3, ("axis", 2L));
            (q, k, v) = (parts[0]!, parts[1]!, parts[2]!);
        }
        Value count = b.Add("Shape", [q], ("start", 1L), ("end", 2L)); // S
        Value last = b.Reshape(b.Cast(b.Input(LastKeys), ElementType.Int64), -1);
        Value first = b.Add("Sub", [b.Add("Add", [last, b.Number(ElementType.Int64, 1)]), count]);
        first = b.Add("Unsqueeze", [b.Add("Max", [first, b.Number(ElementType.Int64, 0)]), b.Integers(1)]); // p, [batch, 1]
        Value places = b.Add("Add", [first, Places(b, count)]); // [batch, S]
        Value queries = b.Reshape(q, 0, 0, heads, size), keys = b.Reshape(k, 0, 0, shared, size);
        if (b.Attributes.Int("do_rotary") != 0)
        {
            if (SizeOf(b.Input(Cos), 1) is not (> 0 and var half)) return "the size of its angles is not known";
            Value positions = b.Has(Positions) ? b.Input(Positions) : places;
            Value cos = b.Add("Gather", [b.Input(Cos), positions]), sin = b.Add("Gather", [b.Input(Sin), positions]);
            bool isInterleaved = b.Attributes.Int("rotary_interleaved") != 0;
            queries = RotaryBodies.Turned(b, queries, cos, sin, (size, 2 * half), isInterleaved);
            keys = RotaryBodies.Turned(b, keys, cos, sin, (size, 2 * half), isInterleaved);
        }
        queries = b.Transpose(queries, 0, 2, 1, 3);
        keys = b.Transpose(keys, 0, 2, 1, 3);
        Value values = Split(b, v!, shared);
        if (b.Has(PastKey))
        {
            Value cached = LengthOf(b, b.Input(PastKey));
            Value total = b.Add("Max", [b.Reshape(b.Cast(b.Input(Total), ElementType.Int64), -1), cached]);
            Value from = Sources(b, first, total, cached, count);
            keys = b.Reshape(Joined(b, PastKey, keys, total, from), 0, shared, -1, size); // what the shape inference does not see
            values = b.Reshape(Joined(b, PastValue, values, total, from), 0, shared, -1, size);
        }
        if (b.Wants(1)) b.Result(1, "Identity", [keys]);
        if (b.Wants(2)) b.Result(2, "Identity", [values]);
        return new AttentionCore(heads, shared)
        {
            Scale = b.Attributes.Float("scale"),
            Softcap = b.Attributes.Float("softcap"),
            Mask = Seen(b, places, keys),
            IsMaskWhole = true,
        }.Build(b, queries, keys, values, mergesHeads: true);
    }

    private static string? Objection(BodyBuilder b)
    {
        for (int i = FirstUnknownInput; i < b.InputCount; i++)
            if (b.Has(i)) return $"its input {i} has no form in other operators here";
        if (b.Wants(3)) return "its scores are an output";
        if (b.Attributes.Int("smooth_softmax") > 0) return "its softmax is smooth";
        if (b.Attributes.Int("causal", 1) == 0) return "it is not causal";
        if (b.Attributes.Text("k_quant_type", "NONE") != "NONE" || b.Attributes.Int("sliding_window_cache") != 0)
            return "its cache is of its own kind";
        if (b.Has(PastKey) && b.Element(PastKey) != b.Element(Query)) return "its cache has another type";
        return b.Input(Query).Shape is { Rank: 3 } ? null : "the rank of its query is not known";
    }

    /// <summary>
    /// [batch, total]: where a key comes from among the cached ones, with the new ones behind them. Cached keys stand in front of p, new
    /// ones behind; what is behind these is never seen.
    /// </summary>
    private static Value Sources(BodyBuilder b, Value first, Value total, Value cached, Value count)
    {
        Value place = Places(b, total);
        Value isNew = b.Add("GreaterOrEqual", [place, first]);
        Value behind = b.Add("Add", [b.Add("Sub", [place, first]), cached]);
        Value end = b.Add("Sub", [b.Add("Add", [cached, count]), b.Number(ElementType.Int64, 1)]);
        return b.Add("Min", [b.Add("Where", [isNew, behind, place]), end]);
    }

    private static Value Joined(BodyBuilder b, int past, Value next, Value total, Value from)
    {
        Value all = b.Add("Concat", [b.Input(past), next], ("axis", 2L));
        Value shape = b.Add("Concat", [b.Add("Shape", [next], ("end", 2L)), total, b.Add("Shape", [next], ("start", 3L))], ("axis", 0L));
        Value each = b.Add("Expand", [b.Add("Unsqueeze", [from, b.Integers(1, 3)]), shape]);
        return b.Add("GatherElements", [all, each], ("axis", 2L));
    }

    /// <summary>[batch, 1, S, keys]: which keys a query sees, or what is added to its scores.</summary>
    private static Value Seen(BodyBuilder b, Value places, Value keys)
    {
        Value own = b.Add("Unsqueeze", [places, b.Integers(1, 3)]), key = Places(b, LengthOf(b, keys));
        Value isSeen = b.Add("LessOrEqual", [key, own]);
        if (b.Attributes.Int("local_window_size", -1) is > 0 and var window)
            isSeen = b.Add("And", [isSeen, b.Add("Greater", [key, b.Add("Sub", [own, b.Number(ElementType.Int64, window)])])]);
        if (!b.Has(Bias)) return isSeen;
        ElementType type = b.Element(Query);
        return b.Add("Add", [b.Add("Where", [isSeen, b.Number(type, 0), b.Number(type, double.NegativeInfinity)]), b.Input(Bias)]);
    }
}
