using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

internal static class ElementwiseCases
{
    private static readonly TensorData X = F([2, 3], -4, -1.5f, -0.25f, 0.5f, 2, 7);
    private static readonly TensorData Y = F([2, 3], 2, -3, 0.5f, -0.75f, 1.5f, 4);
    private static readonly TensorData P = F([2, 3], 0.1f, 0.2f, 0.9f, 0.5f, 0.7f, 0.3f);

    public static IEnumerable<PrimitiveCase> All =>
    [
        Unary("ReLU", x => Math.Max(x, 0)), Unary("ReLU6", x => Math.Clamp(x, 0, 6)), Unary("Neg", x => -x), Unary("Abs", Math.Abs),
        Unary("Exp", Math.Exp), Unary("Floor", Math.Floor), Unary("Ceil", Math.Ceiling), Unary("Round", Math.Round), Unary("Sin", Math.Sin),
        Unary("Cos", Math.Cos), Unary("Tan", Math.Tan), Unary("Atan", Math.Atan), Unary("Sinh", Math.Sinh), Unary("Cosh", Math.Cosh),
        Unary("Asinh", Math.Asinh), Unary("Sign", x => Math.Sign(x)), Unary("Square", x => x * x), Unary("Reciprocal", x => 1 / x),
        Unary("Tanh", Math.Tanh), Unary("Sigmoid", Sigmoid), Unary("Softplus", x => Math.Log(1 + Math.Exp(x))),
            Unary("Softsign", x => x / (1 + Math.Abs(x))),
        Unary("Mish", x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))), Unary("SiLU", x => x * Sigmoid(x)),
            Unary("FastGeLU", x => x * Sigmoid(1.702 * x)),
        Unary("GeLU", x => 0.5 * x * (1 + Math.Tanh(0.7978845608 * (x + 0.044715 * x * x * x)))),
        Unary("HSwish", x => x * Math.Clamp(x + 3, 0, 6) / 6), Unary("HSigmoid", x => Math.Clamp(x / 6 + 0.5, 0, 1)),
        Unary("SeLU", x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1))),
        Positive("Log", Math.Log), Positive("Sqrt", Math.Sqrt), Positive("Rsqrt", x => 1 / Math.Sqrt(x)), Positive("Asin", Math.Asin),
        Positive("ACos", Math.Acos), Positive("Atanh", Math.Atanh), Positive("Erf", Erf),
        One("Acosh", [P.Map(x => x + 1)], [], P.Map(x => Math.Acosh(x + 1))),
        One("Elu", [X], [("alpha", 0.5f)], X.Map(x => x > 0 ? x : 0.5 * (Math.Exp(x) - 1))),
        One("CeLU", [X], [("alpha", 2f)], X.Map(x => Math.Max(0, x) + Math.Min(0, 2 * (Math.Exp(x / 2) - 1)))),
        One("PReLU", [Runner.Random(1, 2, 3, 2, 2), F([3], 0.1f, 0.2f, 0.3f)], [],
            Reference.Fill([2, 3, 2, 2], at => Runner.Random(1, 2, 3, 2, 2).Get(at) is var v && v > 0 ? v : v * 0.1f * (at[1] + 1))),

        Binary("Add", (x, y) => x + y), Binary("TensorAdd", (x, y) => x + y), Binary("Sub", (x, y) => x - y),
            Binary("Mul", (x, y) => x * y),
        Binary("RealDiv", (x, y) => x / y), Binary("Div", (x, y) => x / y), Binary("Maximum", Math.Max), Binary("Minimum", Math.Min),
        Binary("FloorDiv", (x, y) => Math.Floor(x / y)), Binary("FloorMod", (x, y) => x - Math.Floor(x / y) * y),
            Binary("Mod", (x, y) => x % y),
        One("Pow", [P, Y], [], Zip(P, Y, Math.Pow)),
        One("FloorDiv", [I([4], 7, -7, 7, -7), I([4], 2, 2, -2, -2)], [], I([4], 3, -4, -4, 3), " of integers"),
        One("FloorMod", [I([4], 7, -7, 7, -7), I([4], 3, 3, -3, -3)], [], I([4], 1, 2, -2, -1), " of integers"),
        new("Mul by a number", [X], (b, x) => [b.Node("Mul", [x[0], b.Constant(0.5f)], [], 2, 3)], X.Map(x => x / 2)),
        new("Sub from an integer number", [X], (b, x) => [b.Node("Sub", [b.Constant(1L), x[0]], [], 2, 3)], X.Map(x => 1 - x)),
        new("AddN", [X, Y, P], (b, x) => [b.Node("AddN", [b.Tuple(x)], [], 2, 3)], Zip(Zip(X, Y, (x, y) => x + y), P, (x, y) => x + y)),
        new("AddN of integers", [I([2], 1, 2), I([2], 3, 4)], (b, x) => [b.Node("AddN", [b.Tuple(x)], [], ElementType.Int32, 2)],
            I([2], 4, 6)),

        Compare("Equal", (x, y) => x == y), Compare("NotEqual", (x, y) => x != y), Compare("Greater", (x, y) => x > y),
        Compare("GreaterEqual", (x, y) => x >= y), Compare("Less", (x, y) => x < y), Compare("LessEqual", (x, y) => x <= y),
        One("LogicalAnd", [B([4], true, true, false, false), B([4], true, false, true, false)], [], B([4], true, false, false, false)),
        One("LogicalOr", [B([4], true, true, false, false), B([4], true, false, true, false)], [], B([4], true, true, true, false)),
        One("LogicalNot", [B([2], true, false)], [], B([2], false, true)),
        One("Select", [B([2, 3], true, false, true, false, true, false), X, Y], [], F([2, 3], -4, -3, -0.25f, -0.75f, 2, 4)),
        new("MaskedFill", [X, B([2, 3], true, false, true, false, true, false)], (b, x) =>
            [b.Node("MaskedFill", [x[0], x[1], b.Constant(9f)], [], 2, 3)], F([2, 3], 9, -1.5f, 9, 0.5f, 9, 7)),
        new("Cast", [X], (b, x) => [b.Node("Cast", [x[0], b.Constant(ElementType.Int32)], [], ElementType.Int32, 2, 3)],
            I([2, 3], -4, -1, 0, 0, 2, 7)),
        new("Cast to double", [X], (b, x) => [b.Node("Cast", [x[0], b.Constant(ElementType.Float64)], [], ElementType.Float64, 2, 3)],
            TensorData.Of<double>(ElementType.Float64, [-4, -1.5, -0.25, 0.5, 2, 7], 2, 3)),
        One("Softmax", [X], [("axis", T(-1))], Softmax(X)),
        One("Softmax", [X], [("axis", T(0, 1))], X.Map(x => Math.Exp(x) / new[] { -4, -1.5, -0.25, 0.5, 2, 7 }.Sum(Math.Exp)),
            " over both axes"),
        One("LogSoftmax", [X], [("axis", -1L)], Softmax(X).Map(Math.Log)),
        new("Dropout", [X], (b, x) => [b.Item(b.TupleNode("Dropout", x, [("keep_prob", 0.5f)], [2L, 3L], [2L, 3L]), 0, 2, 3)], X),
        new("Print and Identity", [X], (b, x) => [b.Node(
            "Identity", [b.Node("Depend", [x[0], b.Node("Print", x, [], 1)], [], 2, 3)], [], 2, 3)], X),
    ];

    private static PrimitiveCase Unary(string name, Func<double, double> f) => One(name, [X], [], X.Map(f));

    private static PrimitiveCase Positive(string name, Func<double, double> f) => One(name, [P], [], P.Map(f));

    private static PrimitiveCase Binary(string name, Func<double, double, double> f) => One(name, [X, Y], [], Zip(X, Y, f));

    private static PrimitiveCase Compare(string name, Func<double, double, bool> f)
    {
        TensorData x = F([4], 1, 2, 3, 2), y = F([4], 2, 2, 2, 1);
        return One(name, [x, y], [], B([4], [.. Enumerable.Range(0, 4).Select(i => f(x.Get(i), y.Get(i)))]));
    }

    private static TensorData Zip(TensorData x, TensorData y, Func<double, double, double> f) =>
        Reference.Fill([.. x.Dims], at => f(x.Get(at), y.Get(at)));

    private static TensorData Softmax(TensorData x) => Reference.Fill([2, 3], at =>
        Math.Exp(x.Get(at)) / Enumerable.Range(0, 3).Sum(j => Math.Exp(x.Get(at[0], j))));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The Maclaurin series; good for small x.</summary>
    private static double Erf(double x)
    {
        double sum = 0, term = x;
        for (int n = 0; n < 30; n++, term *= -x * x / n) sum += term / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
