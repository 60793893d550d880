using GraphPartition.Ir.Types;

namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// A call of one of two functions: executed where the condition is known, else an If whose branches are both executed, each
/// into a body of its own. The results of both must have one structure; their tensors become the If's outputs.
/// </summary>
internal sealed class Branches(ImportContext context)
{
    public Operand Call(ChoiceOperand choice, GraphBuilder builder, Func<Operand, GraphBuilder, Operand> call)
    {
        if (choice.Condition is ConstantOperand { Data.ElementCount: 1 } known)
            return call(Numbers.At(known.Data.Element, known.Data.Bytes.Span, 0) != 0 ? choice.Then : choice.Otherwise, builder);
        Value condition = Condition(choice.Condition, builder);

        var thenBody = new GraphBuilder(builder.Rules, builder.Scope) { Name = "then" };
        var elseBody = new GraphBuilder(builder.Rules, builder.Scope) { Name = "else" };
        var joined = new List<(Value Then, Value Else)>();
        Operand then = call(choice.Then, thenBody), otherwise = call(choice.Otherwise, elseBody);
        if (then is FailedOperand || otherwise is FailedOperand) return FailedOperand.Instance;
        Operand shape = Join(then, otherwise, joined);
        if (joined.Count == 0) return shape;

        OutputSpec[] outputs = [.. joined.Select(j => new OutputSpec("", Common(j.Then.Type, j.Else.Type)))];
        Node node = builder.Add("If", [condition], outputs, AttributeMap.Of(
            ("then_branch", thenBody.Build([.. joined.Select(j => j.Then)])),
            ("else_branch", elseBody.Build([.. joined.Select(j => j.Else)]))), context.NodeName("Switch"));
        int next = 0;
        return Fill(shape, node, ref next);
    }

    /// <summary>The condition of an If or Loop: one flag. Python also takes numbers, and tensors of one element.</summary>
    public Value Condition(Operand operand, GraphBuilder builder)
    {
        Value condition = Tensor(operand) ?? throw new ImportFault(MindIrCodes.UnsupportedUse, $"a condition is {operand.Kind}");
        if (condition.ElementType != ElementType.Bool)
            condition = builder.Op("Cast", "", [condition], AttributeMap.Of(("to", (long)ElementType.Bool)));
        return condition.Shape is null or { Rank: 0 } ? condition
            : builder.Op("Reshape", "", [condition, context.Constant(TensorData.Int64s(), "")]);
    }

    /// <summary>The structure of both results, with the tensors collected in order.</summary>
    private Operand Join(Operand then, Operand otherwise, List<(Value, Value)> joined)
    {
        context.Count(1);
        if (then is TupleOperand a && otherwise is TupleOperand b && a.Items.Length == b.Items.Length)
            return new TupleOperand([.. a.Items.Zip(b.Items, (x, y) => Join(x, y, joined))]);
        if (then is ContinueOperand m && otherwise is ContinueOperand n && ReferenceEquals(m.Loop, n.Loop))
            return new ContinueOperand(m.Loop, [.. m.Values.Zip(n.Values, (x, y) => Join(x, y, joined))]);
        if (then is ContinueOperand || otherwise is ContinueOperand)
            throw new ImportFault(MindIrCodes.Recursion, "one branch leaves a loop that the other goes on with (break, or return)");
        if (then is MonadOperand or NoneOperand && otherwise.GetType() == then.GetType()) return then;
        if (then is Closure f && otherwise is Closure g && f.Graph == g.Graph && f.Frame == g.Frame && f.Bound.SequenceEqual(g.Bound))
            return then;
        if (Tensor(then) is { } x && Tensor(otherwise) is { } y)
        {
            joined.Add((x, y));
            return then; // a placeholder for a tensor until the If is there
        }
        throw new ImportFault(MindIrCodes.UnsupportedUse, $"the branches return {then.Kind} and {otherwise.Kind}");
    }

    private Value? Tensor(Operand operand) => operand switch
    {
        ComputedOperand computed => computed.Value,
        ConstantOperand constant => context.Constant(constant.Data, constant.Name),
        _ => null,
    };

    private static Operand Fill(Operand shape, Node node, ref int next)
    {
        switch (shape)
        {
            case ComputedOperand or ConstantOperand: return new ComputedOperand(node.Outputs[next++]!);
            case TupleOperand tuple: return new TupleOperand(Fill(tuple.Items, node, ref next));
            case ContinueOperand @continue: return new ContinueOperand(@continue.Loop, Fill(@continue.Values, node, ref next));
            default: return shape;
        }
    }

    private static ImmutableArray<Operand> Fill(ImmutableArray<Operand> shapes, Node node, ref int next)
    {
        var items = ImmutableArray.CreateBuilder<Operand>(shapes.Length);
        foreach (Operand item in shapes) items.Add(Fill(item, node, ref next));
        return items.MoveToImmutable();
    }

    /// <summary>What holds for both types.</summary>
    public static IrType Common(IrType a, IrType b)
    {
        if (a is not TensorType x || b is not TensorType y || x.Element != y.Element) return a == b ? a : IrType.Unknown;
        if (x.Shape is null || y.Shape is null || x.Shape.Rank != y.Shape.Rank) return new TensorType(x.Element, null);
        var dims = new Dim[x.Shape.Rank];
        for (int i = 0; i < dims.Length; i++) dims[i] = x.Shape[i] == y.Shape[i] ? x.Shape[i] : Dim.Unknown;
        return new TensorType(x.Element, new Shape(dims));
    }
}
