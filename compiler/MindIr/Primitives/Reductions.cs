namespace GraphPartition.MindIr.Primitives;

/// <summary>Reductions, cumulative sums, and searches for the greatest.</summary>
internal static class Reductions
{
    public static IEnumerable<Primitive> Rows =>
    [
        Row("ReduceMean"), Row("ReduceMax"), Row("ReduceMin"), Row("ReduceProd"),
        new("ReduceSum", "x axis | keep_dims skip_mode", c =>
            c.Flag("skip_mode") && Axes(c).Length == 0 ? c.Get("x") : Reduce(c, "ReduceSum")),
        new("ReduceAll", "x axis | keep_dims", c => OfFlags(c, "ReduceMin")),
        new("ReduceAny", "x axis | keep_dims", c => OfFlags(c, "ReduceMax")),
        new("CumSum", "x axis | exclusive reverse", c =>
            c.Emit.Result("CumSum", [c.Tensor("x"), c.Emit.Scalar(ElementType.Int64, c.Int("axis"))],
            ("exclusive", c.Flag("exclusive") ? 1 : 0), ("reverse", c.Flag("reverse") ? 1 : 0))),
        new("Argmax", "x | axis output_type", c => Index(c, "ArgMax")),
        new("Argmin", "x | axis output_type", c => Index(c, "ArgMin")),
        new("ArgMaxWithValue", "x | axis keep_dims", c => WithValue(c, "ArgMax", "ReduceMax")),
        new("ArgMinWithValue", "x | axis keep_dims", c => WithValue(c, "ArgMin", "ReduceMin")),
        new("TopK", "x k", TopK),
    ];

    private static Primitive Row(string name) => new(name, "x axis | keep_dims", c => Reduce(c, name));

    private static long[] Axes(PrimitiveCall c) => c.OptionalInts("axis") ?? [];

    /// <summary>No axes mean all of them, in both languages.</summary>
    private static Value?[] Operands(PrimitiveCall c, Value x) =>
        Axes(c) is { Length: > 0 } axes ? [x, c.Emit.Integers(axes)] : [x];

    private static Operand Reduce(PrimitiveCall c, string op) =>
        c.Emit.Result(op, Operands(c, c.Tensor("x")), ("keepdims", c.Flag("keep_dims") ? 1 : 0));

    /// <summary>All is the least and any is the greatest of 0 and 1; as integers, which every runtime compares.</summary>
    private static Operand OfFlags(PrimitiveCall c, string op)
    {
        Value x = c.Emit.Add("Cast", [c.Tensor("x")], ("to", (long)ElementType.Int32));
        Value reduced = c.Emit.Add(op, Operands(c, x), ("keepdims", c.Flag("keep_dims") ? 1 : 0));
        return c.Emit.Result("Cast", [reduced], ("to", (long)ElementType.Bool));
    }

    private static Operand Index(PrimitiveCall c, string op)
    {
        Value index = c.Emit.Add(op, [c.Tensor("x")], ("axis", c.Int("axis", -1)), ("keepdims", 0));
        return c.Emit.Result("Cast", [index], ("to", (long)c.Type("output_type", ElementType.Int32)));
    }

    /// <summary>The index comes first, and is a 32-bit integer.</summary>
    private static TupleOperand WithValue(PrimitiveCall c, string search, string reduce)
    {
        Value x = c.Tensor("x");
        long axis = c.Int("axis", 0), keep = c.Flag("keep_dims") ? 1 : 0;
        Value index = c.Emit.Add(search, [x], ("axis", axis), ("keepdims", keep));
        return new TupleOperand(
        [
            c.Emit.Result(0, "Cast", [index], ("to", (long)ElementType.Int32)),
            c.Emit.Result(1, reduce, [x, c.Emit.Integers(axis)], ("keepdims", keep)),
        ]);
    }

    /// <summary>The greatest elements along the last axis, sorted unless the file has sorted = false, as since MindSpore 1.5.</summary>
    private static TupleOperand TopK(PrimitiveCall c)
    {
        Value k = Emitter.IntegersOf(c.Get("k")) is [var known]
            ? c.Emit.Integers(known)
            : c.Emit.Add("Reshape", [c.Emit.Add("Cast", [c.Tensor("k")], ("to", (long)ElementType.Int64)), c.Emit.Integers(1)]);
        ImmutableArray<Value?> found = c.Emit.AddMany("TopK", [c.Tensor("x"), k], 2, ("axis", -1),
            ("sorted", c.Flag("sorted", true) ? 1 : 0));
        return new TupleOperand([new ComputedOperand(found[0]!), c.Emit.Result(1, "Cast", [found[1]], ("to", (long)ElementType.Int32))]);
    }
}
