namespace GraphPartition.MindIr.Primitives;

/// <summary>Arithmetic, comparison and logic, element by element. Both languages broadcast as NumPy does.</summary>
internal static class Elementwise
{
    public static IEnumerable<Primitive> Rows =>
    [
        .. Same("Neg", "Abs", "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Erf", "Sin", "Cos", "Tan", "Atan", "Asin",
            "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Sign"),
        Unary("ACos", "Acos"),
        Unary("Acos", "Acos"),
        Unary("LogicalNot", "Not"),
        new("Rsqrt", "x", c => c.Emit.Result("Reciprocal", [c.Emit.Add("Sqrt", [c.Tensor("x")])])),
        new("Square", "x", c => c.Emit.Result("Mul", [c.Tensor("x"), c.Tensor("x")])),

        Binary("Add", "Add"), Binary("TensorAdd", "Add"), Binary("Sub", "Sub"), Binary("Mul", "Mul"), Binary("Pow", "Pow"),
        Binary("RealDiv", "Div"), Binary("Div", "Div"), Binary("Maximum", "Max"), Binary("Minimum", "Min"),
        Binary("Equal", "Equal"), Binary("Greater", "Greater"), Binary("GreaterEqual", "GreaterOrEqual"), Binary("Less", "Less"),
        Binary("LessEqual", "LessOrEqual"), Binary("LogicalAnd", "And"), Binary("LogicalOr", "Or"),
        new("NotEqual", "x y", c => c.Emit.Result("Not", [c.Emit.Add("Equal", Pair(c))])),
        new("FloorDiv", "x y", FloorDiv),
        new("FloorMod", "x y", FloorMod),
        new("Mod", "x y", c => c.Emit.Result("Mod", Pair(c), ("fmod", 1))),
        new("AddN", "x", AddN),

        new("Select", "condition x y", c => c.Emit.Result("Where", [c.Tensor("condition"), .. Pair(c)])),
        new("MaskedFill", "x mask value", c =>
        {
            Value x = c.Tensor("x");
            return c.Emit.Result("Where", [c.Tensor("mask"), As(c, c.Get("value"), "value", c.ElementOf(x)), x]);
        }),
        new("Cast", "x | dst_type", c => c.Emit.Result("Cast", [c.Tensor("x")], ("to", (long)c.Type("dst_type")))),
    ];

    private static Primitive Unary(string name, string op) => new(name, "x", c => c.Emit.Result(op, [c.Tensor("x")]));

    private static IEnumerable<Primitive> Same(params IEnumerable<string> names) => names.Select(n => Unary(n, n));

    private static Primitive Binary(string name, string op) => new(name, "x y", c => c.Emit.Result(op, Pair(c)));

    /// <summary>The operands x and y. A Python number gets the element type of the other operand.</summary>
    private static Value[] Pair(PrimitiveCall c)
    {
        Operand x = c.Get("x"), y = c.Get("y");
        if (IsNumber(x) && !IsNumber(y)) return [As(c, x, "x", c.ElementOf(c.Tensor("y"))), c.Tensor("y")];
        if (IsNumber(y) && !IsNumber(x)) return [c.Tensor("x"), As(c, y, "y", c.ElementOf(c.Tensor("x")))];
        return [c.Tensor("x"), c.Tensor("y")];

        static bool IsNumber(Operand operand) => operand is ConstantOperand { IsNumber: true };
    }

    /// <summary>An argument as a tensor of the element type. A fraction is refused where it would be cut off.</summary>
    public static Value As(PrimitiveCall c, Operand operand, string argument, ElementType type)
    {
        if (operand is not ConstantOperand { IsNumber: true } number)
        {
            Value tensor = c.Tensor(argument);
            return tensor.ElementType == type ? tensor : c.Emit.Add("Cast", [tensor], ("to", (long)type));
        }
        if (number.Data.Element == type) return c.Tensor(argument);
        double value = Numbers.At(number.Data.Element, number.Data.Bytes.Span, 0);
        if (!Numbers.IsFloat(type) && value != Math.Truncate(value))
            throw c.Unsupported($"meets a tensor of {type.Keyword()} with the number {value}");
        return c.Emit.Scalar(type, value);
    }

    /// <summary>Rounds towards minus infinity. ONNX's Div cuts integers off towards 0; x - (x mod y) divides without a rest.</summary>
    private static Operand FloorDiv(PrimitiveCall c)
    {
        Value[] pair = Pair(c);
        if (Numbers.IsFloat(c.ElementOf(pair[0]))) return c.Emit.Result("Floor", [c.Emit.Add("Div", pair)]);
        return c.Emit.Result("Div", [c.Emit.Add("Sub", [pair[0], c.Emit.Add("Mod", pair)]), pair[1]]);
    }

    /// <summary>x - floor(x / y) * y: the sign is that of y. ONNX's Mod does so for integers only.</summary>
    private static Operand FloorMod(PrimitiveCall c)
    {
        Value[] pair = Pair(c);
        if (!Numbers.IsFloat(c.ElementOf(pair[0]))) return c.Emit.Result("Mod", pair);
        Value floor = c.Emit.Add("Floor", [c.Emit.Add("Div", pair)]);
        return c.Emit.Result("Sub", [pair[0], c.Emit.Add("Mul", [floor, pair[1]])]);
    }

    /// <summary>The sum of a tuple. ONNX's Sum adds floats only.</summary>
    private static Operand AddN(PrimitiveCall c)
    {
        Value[] terms = c.Tensors("x");
        if (terms.Length == 0) throw c.Unsupported("adds nothing");
        if (terms.Length == 1) return new ComputedOperand(terms[0]);
        if (Numbers.IsFloat(c.ElementOf(terms[0]))) return c.Emit.Result("Sum", terms);
        Value sum = terms[0];
        foreach (Value term in terms[1..^1]) sum = c.Emit.Add("Add", [sum, term]);
        return c.Emit.Result("Add", [sum, terms[^1]]);
    }
}
