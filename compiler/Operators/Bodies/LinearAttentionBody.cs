namespace GraphPartition.Operators.Bodies;

/// <summary>
/// LinearAttention (https://onnx.ai/onnx/operators/onnx__LinearAttention.html) as products in each step of time: by a Scan, or, for one
/// step, as they are. Everything is computed in 32 bits.
/// </summary>
internal static class LinearAttentionBody
{
    private const int Query = 0, Key = 1, Values = 2, Past = 3, Decay = 4, Beta = 5;

    /// <summary>
    /// LinearAttention(q [B, T, H * G * D], k [B, T, H * D], v [B, T, H * E], past state? [B, H, D, E], decay?, beta?) ->
    /// y [B, T, H * G * E], state. Each step multiplies the state S by e^decay, adds the outer product of k and v (a rule with "delta": of k
    /// and beta (v - k S)), and gives scale q S. G heads of the query in a row share one key, and so one state: they are the rows of one
    /// product.
    /// </summary>
    public static string? LinearAttention(BodyBuilder b)
    {
        long heads = b.Attributes.Int("kv_num_heads");
        string rule = b.Attributes.Text("update_rule", "gated_delta");
        bool isGated = rule is "gated" or "gated_delta", isDelta = rule is "delta" or "gated_delta";
        if (b.Attributes.Int("state_window") != 0) return "it keeps several states";
        if (!isGated && !isDelta && rule != "linear") return $"its rule is '{rule}'";
        if (b.Has(Decay) != isGated || b.Has(Beta) != isDelta) return $"its inputs are not those of the rule '{rule}'";
        if (b.Input(Query).Shape is not { Rank: 3 } q || b.Input(Values).Shape is not { Rank: 3 } v
            || !q[2].IsKnown || !v[2].IsKnown || heads <= 0 || b.Attributes.Int("q_num_heads") / heads is not (> 0 and var sharing))
            return "the sizes of its heads are not known";
        (long size, long width) = (q[2].Size / heads / sharing, v[2].Size / heads);
        float scale = b.Attributes.Float("scale");
        var rates = new Rates(isGated, isDelta, scale == 0 ? 1 / Math.Sqrt(size) : scale);

        List<Value> tokens = [Tokens(b, Query, heads, sharing), Tokens(b, Key, heads), Tokens(b, Values, heads)];
        if (isGated) tokens.Add(Tokens(b, Decay, heads));
        if (isDelta) tokens.Add(b.Add("Unsqueeze", [b.Cast(b.Input(Beta), ElementType.Float32), b.Integers(-1)]));
        Value state = b.Has(Past) ? b.Cast(b.Input(Past), ElementType.Float32)
            : b.Add("Expand", [b.Number(ElementType.Float32, 0), b.Add("Concat",
                [b.Add("Shape", [b.Input(Query)], ("start", 0L), ("end", 1L)), b.Integers(heads, size, width)], ("axis", 0L))]);

        Value result;
        if (q[1].Is(1))
        {
            (state, result) = rates.Step(b, state, [.. tokens.Select(t => b.Add("Squeeze", [t, b.Integers(1)]))]);
        }
        else
        {
            var one = IrType.Tensor(ElementType.Float32, new Shape(q[0], Dim.Known(heads), Dim.Known(size), Dim.Known(width)));
            IrType[] types = [one, .. tokens.Select(t => IrType.Tensor(ElementType.Float32, WithoutTime(t.Shape)))];
            Graph step = b.Body(types, (inner, values) =>
            {
                (Value next, Value output) = rates.Step(inner, values[0], values[1..]);
                return [next, output];
            });
            long[] axes = [.. tokens.Select(_ => 1L)];
            ImmutableArray<Value?> both = b.AddMany("Scan", [state, .. tokens], 2, ("body", step), ("num_scan_inputs", (long)tokens.Count),
                ("scan_input_axes", axes), ("scan_output_axes", new[] { 1L }));
            (state, result) = (both[0]!, both[1]!);
        }
        b.Result(0, "Cast", [b.Reshape(result, 0, q[1].Is(1) ? 1 : -1, sharing * v[2].Size)], ("to", (long)b.OutputElement(0)));
        if (b.Wants(1)) b.Result(1, "Cast", [state], ("to", (long)b.OutputElement(1)));
        return null;
    }

    private static Shape? WithoutTime(Shape? tokens) => tokens is null ? null : new([.. tokens.Dims.Where((_, axis) => axis != 1)]);

    /// <summary>[B, T, H * size] -> [B, T, H, size], and of the query [B, T, H * G * size] -> [B, T, H, G, size].</summary>
    private static Value Tokens(BodyBuilder b, int input, params long[] heads) =>
        b.Reshape(b.Cast(b.Input(input), ElementType.Float32), [0, 0, .. heads, -1]);

    /// <summary>How the state changes in a step.</summary>
    private sealed record Rates(bool IsGated, bool IsDelta, double Scale)
    {
        /// <summary>The state [B, H, D, E] and the result [B, H, G, E] after a step.</summary>
        /// <param name="b">Takes the nodes.</param>
        /// <param name="state">The state before it.</param>
        /// <param name="tokens">
        /// q [B, H, G, D], k [B, H, D], v [B, H, E], decay [B, H, D or 1] and beta [B, H or 1, 1], as the rule has them.
        /// </param>
        public (Value State, Value Result) Step(BodyBuilder b, Value state, Value[] tokens)
        {
            Value row = b.Integers(2), column = b.Integers(3);
            if (IsGated) state = b.Add("Mul", [state, b.Add("Unsqueeze", [b.Add("Exp", [tokens[3]]), column])]);
            Value written = b.Add("Unsqueeze", [tokens[2], row]); // [B, H, 1, E]
            if (IsDelta)
            {
                Value read = b.Add("MatMul", [b.Add("Unsqueeze", [tokens[1], row]), state]);
                written = b.Add("Mul", [b.Add("Unsqueeze", [tokens[^1], row]), b.Add("Sub", [written, read])]);
            }
            state = b.Add("Add", [state, b.Add("MatMul", [b.Add("Unsqueeze", [tokens[1], column]), written])]);
            Value asked = b.Add("Mul", [tokens[0], b.Number(ElementType.Float32, Scale)]);
            return (state, b.Add("MatMul", [asked, state]));
        }
    }
}
