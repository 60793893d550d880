namespace GraphPartition.MindIr.Primitives;

/// <summary>Pseudo-operators: they order side effects, group values or choose functions, and leave no node behind.</summary>
internal static class Structure
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("MakeTuple", "...", c => new TupleOperand(c.Inputs)),
        new("MakeList", "...", c => new TupleOperand(c.Inputs)),
        new("TupleGetItem", "tuple index", Item),
        new("ListGetItem", "tuple index", Item),
        new("Load", "x", c => c.Get("x")) { Reads = 1 }, // its second input only orders side effects, and nothing here changes a weight
        new("Depend", "x", c => c.Get("x")) { Reads = 1 },
        new("UpdateState", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("Print", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("ScalarSummary", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("TensorSummary", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("ImageSummary", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("HistogramSummary", "", _ => MonadOperand.Instance) { Reads = 0 },
        new("Identity", "x", c => c.Get("x")),
        new("StopGradient", "x", c => c.Get("x")),
        new("stop_gradient", "x", c => c.Get("x")),
        new("TensorMove", "x", c => c.Get("x")),
        // In evaluation it passes its input through.
        new("Dropout", "x | keep_prob Seed0 Seed1", c => new TupleOperand([c.Get("x"), c.Unusable("the mask")])),
        new("Partial", "...", Partial),
        new("Switch", "condition then otherwise", c =>
            new ChoiceOperand(c.Get("condition"), Function(c, "then"), Function(c, "otherwise"))),
        new("SwitchLayer", "index functions", SwitchLayer),
    ];

    private static Operand Item(PrimitiveCall c)
    {
        long index = c.Int("index");
        if (c.Get("tuple") is not TupleOperand tuple) throw c.Unsupported($"is applied to {c.Get("tuple").Kind}");
        int count = tuple.Items.Length;
        if (index < -count || index >= count) throw c.Unsupported($"takes item {index} of {tuple.Kind}");
        return tuple.Items[(int)(index < 0 ? index + count : index)];
    }

    private static FunctionOperand Partial(PrimitiveCall c) => c.Inputs is [FunctionOperand function, ..]
        ? function.Bind(c.Inputs[1..])
        : throw c.Unsupported($"is applied to {(c.Inputs.IsEmpty ? "nothing" : c.Inputs[0].Kind)}; a function is needed");

    private static Operand Function(PrimitiveCall c, string name) => c.Get(name) is var function and (FunctionOperand or ChoiceOperand)
        ? function : throw c.Unsupported($"chooses {c.Get(name).Kind}; a function is needed");

    /// <summary>One function out of several, chosen by an index; the last one for an index that is out of range.</summary>
    private static Operand SwitchLayer(PrimitiveCall c)
    {
        if (c.Get("functions") is not TupleOperand { Items: [_, ..] functions })
            throw c.Unsupported("chooses among no functions");
        int count = functions.Length;
        if (Emitter.IntegersOf(c.Get("index")) is [var known])
            return known >= -count && known < count ? functions[(int)(known < 0 ? known + count : known)]
                : throw c.Unsupported($"has the index {known}");
        Value index = c.Emit.Add("Cast", [c.Tensor("index")], ("to", (long)ElementType.Int64));
        Operand choice = functions[^1];
        for (int i = count - 2; i >= 0; i--)
        {
            Value isThis = c.Emit.Add("Equal", [index, c.Emit.Scalar(ElementType.Int64, i)]);
            Value isThisFromTheEnd = c.Emit.Add("Equal", [index, c.Emit.Scalar(ElementType.Int64, i - count)]);
            choice = new ChoiceOperand(new ComputedOperand(c.Emit.Add("Or", [isThis, isThisFromTheEnd])), functions[i], choice);
        }
        return choice;
    }
}
