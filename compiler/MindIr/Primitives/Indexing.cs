namespace GraphPartition.MindIr.Primitives;

/// <summary>Gathering and scattering by index.</summary>
internal static class Indexing
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("Gather", "x indices axis | batch_dims", Gather),
        new("GatherV2", "x indices axis | batch_dims", Gather),
        new("SparseGatherV2", "x indices axis | batch_dims", Gather),
        new("EmbeddingLookup", "x indices offset", EmbeddingLookup),
        new("GatherD", "x dim index", c => c.Emit.Result("GatherElements", [c.Tensor("x"), c.Tensor("index")], ("axis", c.Int("dim")))),
        new("GatherNd", "x indices", c => c.Emit.Result("GatherND", [c.Tensor("x"), AsInt64(c, "indices")])),
        new("ScatterNd", "indices updates shape", ScatterNd),
        new("TensorScatterUpdate", "x indices updates", c =>
            c.Emit.Result("ScatterND", [c.Tensor("x"), AsInt64(c, "indices"), c.Tensor("updates")])),
        new("TensorScatterAdd", "x indices updates", c =>
            c.Emit.Result("ScatterND", [c.Tensor("x"), AsInt64(c, "indices"), c.Tensor("updates")], ("reduction", "add"))),
        new("OneHot", "indices depth on_value off_value | axis", OneHot),
        new("NonZero", "x", c => c.Emit.Result("Transpose", [c.Emit.Add("NonZero", [c.Tensor("x")])], ("perm", new long[] { 1, 0 }))),
    ];

    /// <summary>
    /// With batch dimensions, indices [B..., I...] pick from data [B..., M..., D, R...]. Where the axis D comes right behind the batch
    /// that is GatherND with one index for each element; elsewhere it is brought there, and M behind I after that.
    /// </summary>
    private static Operand Gather(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), indices = c.Tensor("indices");
        long axis = c.Int("axis"), batch = c.Int("batch_dims", 0);
        if (batch == 0) return c.Emit.Result("Gather", [x, indices], ("axis", axis));
        int rank = c.Rank(x), picks = c.Rank(indices), b = (int)(batch < 0 ? batch + picks : batch), d = (int)c.Axis(axis, rank);
        if (b < 0 || b > d || b > picks) throw c.Unsupported($"gathers along axis {axis} with {batch} batch dimensions");
        Value tuples = c.Emit.Add("Unsqueeze", [AsInt64(c, "indices"), c.Emit.Integers(-1)]);
        if (b == d) return c.Emit.Result("GatherND", [x, tuples], ("batch_dims", b));
        Value moved = c.Emit.Add("Transpose", [x], ("perm", Order(b, (d, 1), (b, d - b), (d + 1, rank - d - 1))));
        Value picked = c.Emit.Add("GatherND", [moved, tuples], ("batch_dims", b));
        return c.Emit.Result("Transpose", [picked], ("perm", Order(b, (picks, d - b), (b, picks - b), (picks + d - b, rank - d - 1))));

        static long[] Order(int batch, params ReadOnlySpan<(int Start, int Count)> runs)
        {
            List<long> order = [.. Enumerable.Range(0, batch)];
            foreach ((int start, int count) in runs) order.AddRange(Enumerable.Range(start, count).Select(i => (long)i));
            return [.. order];
        }
    }

    /// <summary>
    /// Rows of a table that starts at an offset; 0 for what lies outside of it. ONNX's Gather fails there, or counts from the
    /// end: it gets the index brought inside, and its result counts where that changed nothing.
    /// </summary>
    private static Operand EmbeddingLookup(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), indices = c.Tensor("indices");
        ElementType type = c.ElementOf(indices);
        if (x.Shape is not { Rank: > 0 } shape || !shape[0].IsKnown) throw c.Unsupported("looks up in a table of unknown size");
        if (c.Int("offset", 0) is not 0 and var offset) indices = c.Emit.Add("Sub", [indices, c.Emit.Scalar(type, offset)]);
        Value inside = c.Emit.Add("Clip", [indices, c.Emit.Scalar(type, 0), c.Emit.Scalar(type, shape[0].Size - 1)]);
        Value rows = c.Emit.Add("Gather", [x, inside], ("axis", 0)), unchanged = c.Emit.Add("Equal", [indices, inside]);
        if (shape.Rank > 1)
            unchanged = c.Emit.Add("Unsqueeze",
                [unchanged, c.Emit.Integers([.. Enumerable.Range(1, shape.Rank - 1).Select(i => -(long)i)])]);
        return c.Emit.Result("Where", [unchanged, rows, c.Emit.Scalar(c.ElementOf(x), 0)]);
    }

    /// <summary>Zeros, with what falls on one place added up.</summary>
    private static Operand ScatterNd(PrimitiveCall c)
    {
        Value updates = c.Tensor("updates"), shape = c.Emit.Add("Cast", [c.Tensor("shape")], ("to", (long)ElementType.Int64));
        if (Emitter.IntegersOf(c.Get("shape")) is { } known) shape = c.Emit.Integers(known);
        Value zeros = c.Emit.Add("ConstantOfShape", [shape], ("value", Filling.One(c.ElementOf(updates), 0)));
        return c.Emit.Result("ScatterND", [zeros, AsInt64(c, "indices"), updates], ("reduction", "add"));
    }

    /// <summary>ONNX has both values in one tensor, off first.</summary>
    private static Operand OneHot(PrimitiveCall c)
    {
        Value on = c.Tensor("on_value"), off = Elementwise.As(c, c.Get("off_value"), "off_value", c.ElementOf(on));
        Value one = c.Emit.Integers(1);
        Value values = c.Emit.Add("Concat", [c.Emit.Add("Reshape", [off, one]), c.Emit.Add("Reshape", [on, one])], ("axis", 0));
        Value depth = Emitter.IntegersOf(c.Get("depth")) is [var known] ? c.Emit.Scalar(ElementType.Int64, known) : AsInt64(c, "depth");
        return c.Emit.Result("OneHot", [AsInt64(c, "indices"), depth, values], ("axis", c.Int("axis", -1)));
    }

    private static Value AsInt64(PrimitiveCall c, string argument)
    {
        Value value = c.Tensor(argument);
        return value.ElementType == ElementType.Int64 ? value : c.Emit.Add("Cast", [value], ("to", (long)ElementType.Int64));
    }
}
