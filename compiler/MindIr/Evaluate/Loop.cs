using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Primitives;

namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// A loop of the file as a Loop of ONNX. With H the header's condition, B the body and v the values that change:
/// <code>
/// v = initial; c = H(v); while (c) { v = B(v); c = H(v); } exit(v)
/// </code>
/// which values change is found by executing the body with more and more of them open until no other one does; those that do
/// not stay what they are outside, so that weights remain constants.
/// </summary>
internal sealed class Loop(LoopHeader header, Frame parent, Frame caller, Evaluator evaluator, ImportContext context)
{
    private readonly Branches _branches = new(context);

    /// <summary>The result of the loop and of what follows. Throws <see cref="ImportFault"/>.</summary>
    public Operand Convert(ImmutableArray<Operand> arguments, GraphBuilder builder)
    {
        Operand entered = evaluator.Evaluate(Enter(arguments, builder, null), header.Condition);
        if (entered is FailedOperand) return entered;
        if (entered is ConstantOperand { Data.ElementCount: 1 } known
            && Numbers.At(known.Data.Element, known.Data.Bytes.Span, 0) != 0 == header.EntersOnFalse)
            return Leave(arguments, builder); // not even once

        List<Operand> initial = [];
        foreach (Operand argument in arguments) Flatten(argument, initial);
        var open = new IrType?[initial.Count];
        while (context.Try(() => Opened(arguments, initial, open, new GraphBuilder(builder.Rules))))
            context.Count(1);

        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = "loop" };
        ImmutableArray<Operand> now = Open(arguments, initial, open, body);
        if (Round(now, body) is not { } next) return FailedOperand.Instance;
        Operand goesOn = evaluator.Evaluate(Enter(next, body, header), header.Condition);
        if (goesOn is FailedOperand) return goesOn;

        List<Value?> inputs = [null, Condition(entered, builder)];
        List<Value> results = [Condition(goesOn, body)];
        List<OutputSpec> outputs = [];
        List<Operand> after = [];
        foreach (Operand value in next) Flatten(value, after);
        for (int i = 0; i < open.Length; i++)
        {
            if (open[i] is not { } type) continue;
            inputs.Add(Tensor(initial[i], type));
            results.Add(Tensor(after[i], type));
            outputs.Add(new("", type));
        }
        if (outputs.Count == 0) throw new ImportFault(MindIrCodes.Recursion, $"the loop '{header.Name}' changes nothing, so that it never ends");
        Node node = builder.Add("Loop", [.. inputs], [.. outputs], AttributeMap.Of(("body", body.Build([.. results]))),
            context.NodeName(header.Name));
        int taken = 0;
        int leaf = 0;
        return Leave([.. arguments.Select(a =>
            Rebuild(a, ref leaf, i => open[i] is null ? initial[i] : new ComputedOperand(node.Outputs[taken++]!)))], builder);
    }

    /// <summary>
    /// Executes the body once and opens the values that it changes, with types that hold before and after. Returns whether there
    /// were any.
    /// </summary>
    private bool Opened(ImmutableArray<Operand> arguments, List<Operand> initial, IrType?[] open, GraphBuilder trial)
    {
        ImmutableArray<Operand> now = Open(arguments, initial, open, trial);
        if (Round(now, trial) is not { } next) return false; // the last execution of the body reports the faults
        List<Operand> before = [], after = [];
        foreach (Operand value in now) Flatten(value, before);
        foreach (Operand value in next) Flatten(value, after);
        if (after.Count != before.Count) throw Changes("the length of a tuple");
        bool any = false;
        for (int i = 0; i < before.Count; i++)
        {
            if (open[i] is null && IsSame(before[i], after[i])) continue;
            IrType known = open[i] ?? TypeOf(initial[i]) ?? throw Changes(initial[i].Kind);
            IrType type = TypeOf(after[i]) ?? throw Changes($"{initial[i].Kind} to {after[i].Kind}");
            // A number of Python that the loop makes a tensor of another type is taken to have that type from the start.
            IrType both = initial[i] is ConstantOperand { IsNumber: true } && known is TensorType k && type is TensorType t
                && k.Element != t.Element
                ? Branches.Common(k with { Element = t.Element }, t) : Branches.Common(known, type);
            if (both is not TensorType) throw Changes($"{known} to {type}");
            any |= open[i] is null || !open[i]!.Equals(both);
            open[i] = both;
        }
        return any;

        ImportFault Changes(string what) => new(MindIrCodes.Recursion, $"the loop '{header.Name}' changes {what}");
    }

    /// <summary>The values of a round: inputs of the body where they are open.</summary>
    private static ImmutableArray<Operand> Open(ImmutableArray<Operand> arguments, List<Operand> initial, IrType?[] open, GraphBuilder body)
    {
        body.Input("iteration", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        body.Input("condition", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        int leaf = 0;
        return [.. arguments.Select(a =>
            Rebuild(a, ref leaf, i => open[i] is { } type ? new ComputedOperand(body.Input("", type)) : initial[i]))];
    }

    /// <summary>Executes the body: the values of the next round, or null where it failed.</summary>
    private ImmutableArray<Operand>? Round(ImmutableArray<Operand> values, GraphBuilder body) =>
        evaluator.Call(Enter(values, body, header), header.Body, header.Arguments) switch
        {
            FailedOperand => null,
            ContinueOperand next when ReferenceEquals(next.Loop, header) => Failed(next.Values) ? null : next.Values,
            var other => throw new ImportFault(MindIrCodes.Recursion,
                $"the body of the loop '{header.Name}' ends with {other.Kind}, not with a call of the loop"),
        };

    private Operand Leave(ImmutableArray<Operand> values, GraphBuilder builder) =>
        evaluator.Call(Enter(values, builder, null), header.Exit, header.Arguments);

    private Frame Enter(ImmutableArray<Operand> values, GraphBuilder builder, LoopHeader? loop) =>
        Evaluator.Enter(header.Graph, values, parent, caller, builder, loop);

    private Value Condition(Operand operand, GraphBuilder builder)
    {
        Value condition = _branches.Condition(operand, builder);
        return header.EntersOnFalse ? builder.Op("Not", "", [condition]) : condition;
    }

    private Value Tensor(Operand operand, IrType type) => operand switch
    {
        ComputedOperand computed => computed.Value,
        ConstantOperand { IsNumber: true } number when type is TensorType t && t.Element != number.Data.Element =>
            context.Constant(ScalarData.Of(t.Element, Numbers.At(number.Data.Element, number.Data.Bytes.Span, 0)), ""),
        ConstantOperand constant => context.Constant(constant.Data, constant.Name),
        _ => throw new ImportFault(MindIrCodes.Recursion, $"the loop '{header.Name}' changes {operand.Kind}"),
    };

    private static bool IsSame(Operand before, Operand after) => ReferenceEquals(before, after)
        || before is ComputedOperand x && after is ComputedOperand y && x.Value == y.Value
        || before is ConstantOperand a && after is ConstantOperand b && a.Data == b.Data
        || before is MonadOperand && after is MonadOperand;

    private static IrType? TypeOf(Operand operand) => operand switch
    {
        ComputedOperand computed => computed.Value.Type,
        ConstantOperand constant => constant.Data.Type,
        _ => null,
    };

    private static bool Failed(ImmutableArray<Operand> values) =>
        values.Any(v => v is FailedOperand || v is TupleOperand tuple && Failed(tuple.Items));

    private static void Flatten(Operand operand, List<Operand> leaves)
    {
        if (operand is TupleOperand tuple) foreach (Operand item in tuple.Items) Flatten(item, leaves);
        else leaves.Add(operand);
    }

    /// <summary>A value of the same structure with other leaves.</summary>
    private static Operand Rebuild(Operand operand, ref int leaf, Func<int, Operand> replace)
    {
        if (operand is not TupleOperand tuple) return replace(leaf++);
        var items = ImmutableArray.CreateBuilder<Operand>(tuple.Items.Length);
        bool changed = false;
        foreach (Operand item in tuple.Items)
        {
            items.Add(Rebuild(item, ref leaf, replace));
            changed |= !ReferenceEquals(items[^1], item);
        }
        return changed ? new TupleOperand(items.MoveToImmutable()) : tuple;
    }
}
