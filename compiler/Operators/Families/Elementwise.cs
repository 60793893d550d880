namespace GraphPartition.Operators.Families;

/// <summary>Operators that compute each element from the elements at the same place.</summary>
internal static class Elementwise
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(SameAsFirst,
            "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp",
            "Gelu", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "PRelu", "ParametricSoftplus",
            "Reciprocal", "ScaledTanh", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt",
            "Swish", "Tan", "Tanh", "ThresholdedRelu"),
        .. OperatorRow.Of(Unchanged, "Ceil", "Floor", "Identity", "Round"),
        new("Abs", n => Unary(n, e => DimMath.Number(e) is { } x ? DimMath.Of(Math.Abs(x)) : e)),
        new("Neg", n => Unary(n, e => DimMath.Sub(0, e))),
        new("Relu", n => Unary(n, e => DimMath.Max(e, 0))),
        new("Not", n => Unary(n, e => DimMath.Equal(e, 0))),
        .. OperatorRow.Of(Broadcast,
            "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Mean", "Pow", "StringConcat", "Xor"),
        new("Add", n => Binary(n, DimMath.Add)),
        new("Sub", n => Binary(n, DimMath.Sub)),
        new("Mul", n => Binary(n, DimMath.Mul)),
        new("Div", n => Binary(n, IsInteger(n) ? DimMath.Div : ExactQuotient)),
        new("Mod", n => Binary(n, DimMath.Mod)),
        new("Max", n => Binary(n, DimMath.Max)),
        new("Min", n => Binary(n, DimMath.Min)),
        new("Sum", n => Binary(n, DimMath.Add)),
        new("And", n => Binary(n, DimMath.Mul)),
        new("Or", n => Binary(n, DimMath.Max)),
        new("Equal", n => Binary(n, DimMath.Equal)),
        new("Less", n => Binary(n, (a, b) => Less(a, b, 0))),
        new("LessOrEqual", n => Binary(n, (a, b) => Less(a, b, 1))),
        new("Greater", n => Binary(n, (a, b) => Less(b, a, 0))),
        new("GreaterOrEqual", n => Binary(n, (a, b) => Less(b, a, 1))),
        new("Where", Where),
    ];

    /// <summary>The output has the shape of the first input.</summary>
    public static void SameAsFirst(NodeTyping n) => n.Set(0, n.Shape(0));

    /// <summary>All inputs broadcast together.</summary>
    public static void Broadcast(NodeTyping n) => n.Set(0, Broadcasting.OfInputs(n));

    /// <summary>The output is the input where that is whole numbers; an input that is no tensor passes as it is.</summary>
    private static void Unchanged(NodeTyping n)
    {
        if (n.Node.Input(0) is not { } input) return;
        if (input.Type is TensorType) n.Set(0, input.Shape, n.AllElements(0));
        else n.SetType(0, input.Type);
    }

    private static void Unary(NodeTyping n, Func<Dim, Dim> fold)
    {
        ImmutableArray<Dim>? elements = n.Elements(0) is { } e ? [.. e.Select(fold)] : null;
        n.Set(0, n.Shape(0), elements);
    }

    private static void Binary(NodeTyping n, Func<Dim, Dim, Dim> fold)
    {
        Shape? shape = Broadcasting.OfInputs(n);
        n.Set(0, shape, NodeTyping.HoldsElements(shape) ? Fold(n, fold) : null);
    }

    /// <summary>Combines the elements of all inputs, a single one standing for as many as needed.</summary>
    private static ImmutableArray<Dim>? Fold(NodeTyping n, Func<Dim, Dim, Dim> fold)
    {
        ImmutableArray<Dim>? result = n.Elements(0);
        for (int i = 1; i < n.InputCount && result is { } a; i++)
            result = n.Elements(i) is { } b ? Zip(a, b, fold) : null;
        return result;
    }

    private static ImmutableArray<Dim>? Zip(ImmutableArray<Dim> a, ImmutableArray<Dim> b, Func<Dim, Dim, Dim> fold)
    {
        if (a.Length != b.Length && a.Length != 1 && b.Length != 1) return null;
        var result = new Dim[a.Length == 1 ? b.Length : a.Length];
        for (int i = 0; i < result.Length; i++) result[i] = fold(a[a.Length == 1 ? 0 : i], b[b.Length == 1 ? 0 : i]);
        return [.. result];
    }

    private static bool IsInteger(NodeTyping n) =>
        n.Element(0) is ElementType.Int64 or ElementType.Int32 or ElementType.Int16 or ElementType.Int8
            or ElementType.UInt64 or ElementType.UInt32 or ElementType.UInt16 or ElementType.UInt8;

    /// <summary>A quotient of floats is known only where it is whole.</summary>
    private static Dim ExactQuotient(Dim a, Dim b) =>
        DimMath.Number(a) is { } x && DimMath.Number(b) is { } y && y != 0 && x % y == 0 ? DimMath.Of(x / y) : Dim.Unknown;

    /// <summary>1 where a is less than b + <paramref name="slack"/>, 0 where it is not, else unknown.</summary>
    private static Dim Less(Dim a, Dim b, long slack) =>
        DimMath.Number(a) is { } x && DimMath.Number(b) is { } y ? (x < y + slack ? 1 : 0) : Dim.Unknown;

    private static void Where(NodeTyping n)
    {
        Shape? shape = Broadcasting.OfInputs(n);
        n.Set(0, shape, NodeTyping.HoldsElements(shape) ? Choose(n) : null);
    }

    private static ImmutableArray<Dim>? Choose(NodeTyping n)
    {
        if (n.Elements(0) is not { } c || n.Elements(1) is not { } x || n.Elements(2) is not { } y) return null;
        int length = Math.Max(c.Length, Math.Max(x.Length, y.Length));
        if (c.IsEmpty || x.IsEmpty || y.IsEmpty) return null;
        var result = new Dim[length];
        for (int i = 0; i < length; i++)
        {
            Dim a = x[x.Length == 1 ? 0 : Math.Min(i, x.Length - 1)], b = y[y.Length == 1 ? 0 : Math.Min(i, y.Length - 1)];
            result[i] = DimMath.Number(c[c.Length == 1 ? 0 : Math.Min(i, c.Length - 1)]) switch
            {
                0 => b,
                { } => a,
                null => a == b ? a : Dim.Unknown,
            };
        }
        return [.. result];
    }
}
