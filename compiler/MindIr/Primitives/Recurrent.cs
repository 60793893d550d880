namespace GraphPartition.MindIr.Primitives;

/// <summary>Recurrent layers. They differ from ONNX in how weights are packed and in the order of the gates.</summary>
internal static class Recurrent
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("LSTM", "x h c w", Lstm),
        new("DynamicRNN", "x w b seq_length init_h init_c", DynamicRnn),
        new("DynamicGRUV2", "x weight_input weight_hidden bias_input bias_hidden seq_length init_h", DynamicGru),
    ];

    private const long MaxUnits = 1 << 24; // their products stay far below 64 bits

    // The place of ONNX's gates in MindSpore's order.
    private static readonly long[] IofcInIfco = [0, 3, 1, 2];
    private static readonly long[] IofcInIcfo = [0, 3, 2, 1];

    /// <summary>
    /// One flat weight: input weights [4H, I], recurrent weights [4H, H], then biases: none, one [4H] (from the CPU, where both are
    /// summed), or two (from the GPU). How more layers or directions are packed depends on the device, which no file names.
    /// </summary>
    private static TupleOperand Lstm(PrimitiveCall c)
    {
        if (c.Int("num_layers", 1) != 1) throw c.Unsupported($"has {c.Int("num_layers")} layers in one weight");
        if (c.Flag("bidirectional")) throw c.Unsupported("has both directions in one weight");
        long inputs = c.Int("input_size"), hidden = c.Int("hidden_size");
        if (inputs is <= 0 or > MaxUnits || hidden is <= 0 or > MaxUnits)
            throw c.Unsupported($"has {inputs} inputs and {hidden} hidden units");
        long gates = 4 * hidden, first = gates * inputs, second = first + gates * hidden;
        Value weight = c.Tensor("w");
        if (weight.Shape?.ElementCount is not { } total) throw c.Unsupported("has a weight of unknown size");
        long biases = total - second;
        if (biases != 0 && biases != gates && biases != 2 * gates)
            throw c.Unsupported($"has {total} weights, which {inputs} inputs and {hidden} hidden units do not explain");

        Value flat = c.Emit.Add("Reshape", [weight, c.Emit.Integers(-1)]);
        Value w = Gates(c, Part(c, flat, 0, first), IofcInIfco, hidden, inputs);
        Value r = Gates(c, Part(c, flat, first, second), IofcInIfco, hidden, hidden);
        Value? b = biases == 0 ? null : Biases(c, IofcInIfco, hidden, Part(c, flat, second, second + gates),
            biases == gates ? null : Part(c, flat, second + gates, total));
        var found = c.Emit.AddMany("LSTM", [c.Tensor("x"), w, r, b, null, c.Tensor("h"), c.Tensor("c")], 3, ("hidden_size", hidden));
        return new TupleOperand(
        [
            c.Emit.Result(0, "Squeeze", [found[0], c.Emit.Integers(1)]), new ComputedOperand(found[1]!), new ComputedOperand(found[2]!),
            c.Unusable("the reserved space"), c.Unusable("the state"),
        ]);
    }

    /// <summary>Ascend's LSTM: one weight [I + H, 4H] for both, gates i, c, f, o; results are all time steps.</summary>
    private static TupleOperand DynamicRnn(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), weight = c.Tensor("w");
        if (c.Text("direction", "UNIDIRECTIONAL") != "UNIDIRECTIONAL") throw c.Unsupported("runs in both directions");
        if (c.Float("forget_bias", 0) != 0) throw c.Unsupported("adds a bias to the forget gate");
        if (c.Has("seq_length")) throw c.Unsupported("has sequences of different lengths");
        if (x.Shape is not { Rank: 3 } s || !s[2].IsKnown || weight.Shape is not { Rank: 2, IsStatic: true } shape
            || shape[1].Size % 4 != 0)
            throw c.Unsupported("has an input or a weight of unknown shape");
        long inputs = s[2].Size, hidden = shape[1].Size / 4;
        if (shape[0].Size != inputs + hidden)
            throw c.Unsupported($"has a weight {shape} for {inputs} inputs and {hidden} hidden units");

        Value transposed = c.Emit.Add("Transpose", [weight], ("perm", new long[] { 1, 0 }));
        Value w = Gates(c, Part(c, transposed, 0, inputs, axis: 1), IofcInIcfo, hidden, inputs);
        Value r = Gates(c, Part(c, transposed, inputs, inputs + hidden, axis: 1), IofcInIcfo, hidden, hidden);
        Value b = Biases(c, IofcInIcfo, hidden, c.Tensor("b"), null);
        var found = c.Emit.AddMany("LSTM", [x, w, r, b, null, c.OptionalTensor("init_h"), c.OptionalTensor("init_c")], 1,
            ("hidden_size", hidden));
        Operand y = c.Emit.Result(0, "Squeeze", [found[0], c.Emit.Integers(1)]);
        return new TupleOperand([y, y, .. Enumerable.Range(2, 6).Select(i => c.Unusable($"result {i}"))]);
    }

    /// <summary>Ascend's GRU: weights [I, 3H] and [H, 3H], gates r, z, h or z, r, h; results are all time steps.</summary>
    private static TupleOperand DynamicGru(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        if (c.Text("direction", "UNIDIRECTIONAL") != "UNIDIRECTIONAL") throw c.Unsupported("runs in both directions");
        if (c.Has("seq_length")) throw c.Unsupported("has sequences of different lengths");
        if (c.Tensor("weight_input").Shape is not { Rank: 2, IsStatic: true } shape || shape[1].Size % 3 != 0)
            throw c.Unsupported("has a weight of unknown shape");
        long inputs = shape[0].Size, hidden = shape[1].Size / 3;
        long[] order = c.Text("gate_order", "RZH") switch
        {
            "RZH" => [1, 0, 2],
            "ZRH" => [0, 1, 2],
            var other => throw c.Unsupported($"has the gate order {other}"),
        };
        Value w = Gates(c, c.Emit.Add("Transpose", [c.Tensor("weight_input")], ("perm", new long[] { 1, 0 })), order, hidden, inputs);
        Value r = Gates(c, c.Emit.Add("Transpose", [c.Tensor("weight_hidden")], ("perm", new long[] { 1, 0 })), order, hidden, hidden);
        Value? b = c.OptionalTensor("bias_input") is { } bias ? Biases(c, order, hidden, bias, c.OptionalTensor("bias_hidden")) : null;
        Value state = c.Tensor("init_h");
        if (c.Rank(state) == 2) state = c.Emit.Add("Unsqueeze", [state, c.Emit.Integers(0)]);
        var found = c.Emit.AddMany("GRU", [x, w, r, b, null, state], 1,
            ("hidden_size", hidden), ("linear_before_reset", c.Flag("reset_after", true) ? 1 : 0));
        Operand y = c.Emit.Result(0, "Squeeze", [found[0], c.Emit.Integers(1)]);
        return new TupleOperand([y, y, .. Enumerable.Range(2, 4).Select(i => c.Unusable($"result {i}"))]);
    }

    /// <summary>Weights [gates * hidden, columns] with their gates in ONNX's order, and the axis of directions in front.</summary>
    private static Value Gates(PrimitiveCall c, Value weights, long[] order, long hidden, long columns)
    {
        Value apart = c.Emit.Add("Reshape", [weights, c.Emit.Integers(order.Length, hidden, columns)]);
        Value ordered = c.Emit.Add("Gather", [apart, c.Emit.Integers(order)], ("axis", 0));
        return c.Emit.Add("Reshape", [ordered, c.Emit.Integers(1, order.Length * hidden, columns)]);
    }

    /// <summary>Both biases in a row, ONNX's form; the second is 0 where there is one only.</summary>
    private static Value Biases(PrimitiveCall c, long[] order, long hidden, Value input, Value? recurrent)
    {
        Value first = Gates(c, input, order, hidden, 1);
        Value second = recurrent is null ? c.Emit.Add("Sub", [first, first]) : Gates(c, recurrent, order, hidden, 1);
        return c.Emit.Add("Reshape", [c.Emit.Add("Concat", [first, second], ("axis", 1)), c.Emit.Integers(1, -1)]);
    }

    private static Value Part(PrimitiveCall c, Value from, long start, long end, long axis = 0) =>
        c.Emit.Add("Slice", [from, c.Emit.Integers(start), c.Emit.Integers(end), c.Emit.Integers(axis)]);
}
