namespace GraphPartition.MindIr.Primitives;

/// <summary>Operators that move elements or give them another shape.</summary>
internal static class Reshaping
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("Reshape", "x shape", Reshape),
        new("Flatten", "x", c => c.Emit.Result("Flatten", [c.Tensor("x")], ("axis", 1))),
        new("Transpose", "x perm", Transpose),
        new("ExpandDims", "x axis", c => c.Emit.Result("Unsqueeze", [c.Tensor("x"), c.Emit.Integers(c.Ints("axis"))])),
        new("Squeeze", "x | axis", c => c.Emit.Result("Squeeze",
            c.OptionalInts("axis") is { Length: > 0 } axes ? [c.Tensor("x"), c.Emit.Integers(axes)] : [c.Tensor("x")])),
        new("Concat", "x | axis", c => c.Emit.Result("Concat", c.Tensors("x"), ("axis", c.Int("axis", 0)))),
        new("Stack", "x | axis", Stack),
        new("Pack", "x | axis", Stack),
        new("Split", "x | axis output_num", c =>
            c.Emit.Results("Split", [c.Tensor("x")], Count(c, c.Int("output_num", 1)), ("axis", c.Int("axis", 0)),
                ("num_outputs", c.Int("output_num", 1)))),
        new("Unstack", "x | axis num", Unstack),
        new("Unpack", "x | axis num", Unstack),
        new("Tile", "x multiples", Tile),
        // -1 keeps a dimension, and so does 1 in ONNX.
        new("BroadcastTo", "x | shape", c =>
            c.Emit.Result("Expand", [c.Tensor("x"), c.Emit.Integers([.. c.Ints("shape").Select(d => d == -1 ? 1 : d)])])),
        new("DepthToSpace", "x", c => Blocks(c, "DepthToSpace")),
        new("SpaceToDepth", "x", c => Blocks(c, "SpaceToDepth")),
        new("ReverseV2", "x | axis", Reverse),
    ];

    /// <summary>How many results a node may have: a file can have any number.</summary>
    private static int Count(PrimitiveCall c, long count) => count is > 0 and <= 4096 ? (int)count
        : throw c.Unsupported($"has {count} results");

    /// <summary>A 0 is a dimension of size 0, where ONNX would copy the input's unless told not to.</summary>
    private static Operand Reshape(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), shape = c.Tensor("shape");
        long[]? known = Emitter.IntegersOf(c.Get("shape"));
        if (known is not null) shape = c.Emit.Integers(known);
        if (known is null) return c.Emit.Result("Reshape", [x, AsInt64(c, shape)], ("allowzero", 1));
        if (!known.Contains(0)) return c.Emit.Result("Reshape", [x, shape]);
        if (known.Contains(-1))
            throw c.Unsupported($"to ({string.Join(", ", known)}) leaves a dimension open that no number of elements tells");
        return c.Emit.Result("Reshape", [x, shape], ("allowzero", 1));
    }

    private static Value AsInt64(PrimitiveCall c, Value value) =>
        value.ElementType == ElementType.Int64 ? value : c.Emit.Add("Cast", [value], ("to", (long)ElementType.Int64));

    private static Operand Transpose(PrimitiveCall c)
    {
        long[] order = c.Ints("perm");
        return c.Emit.Result("Transpose", [c.Tensor("x")], ("perm", order.Select(axis => c.Axis(axis, order.Length)).ToArray()));
    }

    private static Operand Stack(PrimitiveCall c)
    {
        long axis = c.Int("axis", 0);
        Value axes = c.Emit.Integers(axis); // counted in the result, as Concat's is
        Value?[] parts = [.. c.Tensors("x").Select(x => c.Emit.Add("Unsqueeze", [x, axes]))];
        return c.Emit.Result("Concat", parts, ("axis", axis));
    }

    private static TupleOperand Unstack(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long axis = c.Int("axis", 0);
        long? known = x.Shape is { } shape && shape[(int)c.Axis(axis, shape.Rank)] is { IsKnown: true } dim ? dim.Size : null;
        int count = Count(c, c.Int("num", known));
        Value axes = c.Emit.Integers(axis);
        ImmutableArray<Value?> parts = c.Emit.AddMany("Split", [x], count, ("axis", axis), ("num_outputs", count));
        return new TupleOperand([.. parts.Select((part, i) => c.Emit.Result(i, "Squeeze", [part, axes]))]);
    }

    /// <summary>The shorter of shape and multiples is taken to begin with ones; ONNX requires equal lengths.</summary>
    private static Operand Tile(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long[] multiples = c.Ints("multiples");
        int missing = multiples.Length - c.Rank(x);
        if (missing > 0) x = c.Emit.Add("Unsqueeze", [x, c.Emit.Integers([.. Enumerable.Range(0, missing)])]);
        if (missing < 0) multiples = [.. Enumerable.Repeat(1L, -missing), .. multiples];
        return c.Emit.Result("Tile", [x, c.Emit.Integers(multiples)]);
    }

    private static Operand Blocks(PrimitiveCall c, string op)
    {
        var layout = new Layout(c, c.Has("format") ? "format" : "data_format");
        return layout.Result(op, [layout.In(c.Tensor("x"))], ("blocksize", c.Int("block_size")));
    }

    /// <summary>A slice with steps of -1, from the last element to before the first.</summary>
    private static Operand Reverse(PrimitiveCall c)
    {
        long[] axes = c.Ints("axis");
        Value All(long number) => c.Emit.Integers([.. Enumerable.Repeat(number, axes.Length)]);
        return c.Emit.Result("Slice", [c.Tensor("x"), All(-1), All(long.MinValue), c.Emit.Integers(axes), All(-1)]);
    }
}
