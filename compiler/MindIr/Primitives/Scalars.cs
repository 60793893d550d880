namespace GraphPartition.MindIr.Primitives;

/// <summary>Shapes, and arithmetic with the numbers in them. What is known is computed here; the rest becomes nodes on scalars.</summary>
internal static class Scalars
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("Shape", "x", Shape),
        new("TensorShape", "x", c => c.Emit.Result("Shape", [c.Tensor("x")])),
        new("DynamicShape", "x", c => c.Emit.Result("Shape", [c.Tensor("x")])),
        Row("ScalarAdd", "Add", (a, b) => a + b),
        Row("ScalarSub", "Sub", (a, b) => a - b),
        Row("ScalarMul", "Mul", (a, b) => a * b),
        Row("ScalarDiv", "Div", (a, b) => a / b),
    ];

    /// <summary>A tuple of numbers: known dimensions are constants, others are picked from the shape.</summary>
    private static TupleOperand Shape(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        int rank = c.Rank(x);
        var dims = new Operand[rank];
        Value? vector = null;
        for (int i = 0; i < rank; i++)
        {
            if (x.Shape![i].IsKnown)
            {
                dims[i] = ConstantOperand.Number(ElementType.Int64, x.Shape[i].Size);
                continue;
            }
            vector ??= c.Emit.Add("Shape", [x]);
            dims[i] = new ComputedOperand(c.Emit.Add("Gather", [vector, c.Emit.Scalar(ElementType.Int64, i)]));
        }
        return new TupleOperand([.. dims], vector);
    }

    /// <summary>As in Python: integers give integers, except when divided, and anything with a float gives a float.</summary>
    private static Primitive Row(string name, string op, Func<double, double, double> compute) => new(name, "x y", c =>
    {
        Value x = c.Tensor("x"), y = c.Tensor("y");
        ElementType type = c.Emit.StoredType(0)?.Element is { } stored and not ElementType.Undefined ? stored
            : op == "Div" || Numbers.IsFloat(c.ElementOf(x)) || Numbers.IsFloat(c.ElementOf(y)) ? ElementType.Float32 : ElementType.Int64;
        if (Known(c.Get("x")) is { } a && Known(c.Get("y")) is { } b)
            return new ConstantOperand(ScalarData.Of(type, compute(a, b)), isNumber: true);
        return c.Emit.Result(op, [Elementwise.As(c, c.Get("x"), "x", type), Elementwise.As(c, c.Get("y"), "y", type)]);
    });

    private static double? Known(Operand operand) => operand is ConstantOperand { Data: { ElementCount: 1 } data }
        && Numbers.IsReal(data.Element)
        ? Numbers.At(data.Element, data.Bytes.Span, 0) : null;
}
