using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>What is common to all forms of attention, once Q, K and V are [batch, heads, length, size].</summary>
/// <param name="Heads">The heads of Q.</param>
/// <param name="SharedHeads">The heads of K and V; each serves as many heads of Q as the quotient tells.</param>
internal sealed record AttentionCore(long Heads, long SharedHeads)
{
    private const long MostMaskElements = 1 << 20; // of a causal mask that is written as a constant

    /// <summary>The factor of the scores; 0: one over the root of the head's size.</summary>
    public float Scale { get; init; }

    /// <summary>The bound c of the scores, as c tanh(score / c); 0: none.</summary>
    public float Softcap { get; init; }

    /// <summary>How many earlier keys a query sees; -1: all of them.</summary>
    public long Before { get; init; } = -1;

    /// <summary>How many keys behind its own place a query sees; -1: all; 0: the attention is causal.</summary>
    public long After { get; init; } = -1;

    /// <summary>The type that the softmax is computed in; Undefined: that of the scores.</summary>
    public ElementType Precision { get; init; }

    /// <summary>What is added to the scores, or, if boolean, which keys a query sees; null: no mask.</summary>
    public Value? Mask { get; init; }

    /// <summary>Whether the mask is made here, with a place for each key; else its length must be seen.</summary>
    public bool IsMaskWhole { get; init; }

    /// <summary>The cache in front of the keys, [batch, heads, length, size]; null: there is none.</summary>
    public Value? Past { get; init; }

    /// <summary>Which scores are output 3: 0 the product, 1 with mask, 2 with bound, 3 the softmax; -1: nobody uses it.</summary>
    public long ScoresMode { get; init; } = -1;

    /// <summary>The known size of an axis, or -1.</summary>
    public static long SizeOf(Value value, int axis) =>
        value.Shape is { } shape && axis < shape.Rank && shape[axis].IsKnown ? shape[axis].Size : -1;

    /// <summary>[batch, length, heads * size] -> [batch, heads, length, size].</summary>
    public static Value Split(BodyBuilder b, Value value, long heads) => b.Transpose(b.Reshape(value, 0, 0, heads, -1), 0, 2, 1, 3);

    /// <summary>0, 1, ... below a length, which is a list of one number.</summary>
    public static Value Places(BodyBuilder b, Value length) =>
        b.Add("Range", [b.Number(ElementType.Int64, 0), b.Add("Squeeze", [length, b.Integers(0)]), b.Number(ElementType.Int64, 1)]);

    /// <summary>The size of axis 2, as a list of one number.</summary>
    public static Value LengthOf(BodyBuilder b, Value value) => b.Add("Shape", [value], ("start", 2L), ("end", 3L));

    /// <summary>Adds the nodes and sets result 0, and result 3 where the scores are wanted.</summary>
    /// <param name="b">The body.</param>
    /// <param name="q">[batch, heads, queries, size].</param>
    /// <param name="k">[batch, shared heads, keys, size].</param>
    /// <param name="v">As <paramref name="k"/>; its size may differ.</param>
    /// <param name="mergesHeads">The result is [batch, queries, heads * size]; else [batch, heads, queries, size].</param>
    /// <returns>Null, or the reason why this form cannot be expressed.</returns>
    public string? Build(BodyBuilder b, Value q, Value k, Value v, bool mergesHeads)
    {
        long size = SizeOf(q, 3);
        if (Scale == 0 && size <= 0) return "the size of its heads is not known";
        if (SharedHeads != Heads && (Heads % SharedHeads != 0 || SizeOf(k, 3) < 0 || SizeOf(v, 3) < 0))
            return "its keys cannot be repeated for each head";
        if (!IsMaskWhole && Mask?.Shape is { } mask && k.Shape is { } keyShape && !mask[^1].Is(1) && !mask[^1].Equals(keyShape[2]))
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
    public Value Repeat(BodyBuilder b, Value value)
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
        Value row = b.Add("Unsqueeze", [Places(b, LengthOf(b, q)), b.Integers(1)]);
        Value column = b.Add("Unsqueeze", [Places(b, LengthOf(b, k)), b.Integers(0)]);
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
}
