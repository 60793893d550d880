using GraphPartition.Ir;

namespace GraphPartition.MindIr;

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
    /// With batch dimensions, indices [B..., I...] pick from data [B..., D, rest] where the axis comes right behind the batch:
    /// that is GatherND with one index for each element.
    /// </summary>
    private static Operand Gather(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), indices = c.Tensor("indices");
        long axis = c.Int("axis"), batch = c.Int("batch_dims", 0);
        if (batch == 0) return c.Emit.Result("Gather", [x, indices], ("axis", axis));
        if (batch < 0) batch += c.Rank(indices);
        if (batch != (axis < 0 ? c.Axis(axis, c.Rank(x)) : axis))
            throw c.Unsupported($"gathers along axis {axis} with {batch} batch dimensions");
        Value tuples = c.Emit.Add("Unsqueeze", [AsInt64(c, "indices"), c.Emit.Integers(-1)]);
        return c.Emit.Result("GatherND", [x, tuples], ("batch_dims", batch));
    }

    private static Operand EmbeddingLookup(PrimitiveCall c)
    {
        Value indices = c.Tensor("indices");
        if (c.Int("offset", 0) is not 0 and var offset)
            indices = c.Emit.Add("Sub", [indices, c.Emit.Scalar(c.ElementOf(indices), offset)]);
        return c.Emit.Result("Gather", [c.Tensor("x"), indices], ("axis", 0));
    }

    /// <summary>Zeros, with what falls on one place added up.</summary>
    private static Operand ScatterNd(PrimitiveCall c)
    {
        Value updates = c.Tensor("updates"), shape = c.Emit.Add("Cast", [c.Tensor("shape")], ("to", (long)ElementType.Int64));
        if (Emitter.IntegersOf(c.Get("shape")) is { } known) shape = c.Emit.Integers(known);
        Value zeros = c.Emit.Add("ConstantOfShape", [shape], ("value", Filling.One(c.ElementOf(updates), 0)));
        return c.Emit.Result("ScatterND", [zeros, AsInt64(c, "indices"), updates], ("reduction", "add"));
    }

    /// <summary>ONNX wants both values in one tensor, off first.</summary>
    private static Operand OneHot(PrimitiveCall c)
    {
        Value on = c.Tensor("on_value"), off = Elementwise.As(c, c.Get("off_value"), "off_value", c.ElementOf(on)), one = c.Emit.Integers(1);
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
