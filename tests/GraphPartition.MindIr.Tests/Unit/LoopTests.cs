using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Proto;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Unit;

/// <summary>Loops as MindSpore compiles them: a header that calls, as its last act, a body that calls it again or what follows.</summary>
public class LoopTests
{
    private static readonly TensorData X = TensorData.Floats([1, -2], 2);

    public static TheoryData<MindIrStyle, int> Cases => Pairs.Of(Enum.GetValues<MindIrStyle>(), [0, 1, 3]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_loop_becomes_a_Loop(MindIrStyle style, int rounds)
    {
        // while i < n: x = x * w; i = i + 1; return x + 1, in graphs without inputs that use the header's.
        var b = new MindIrBuilder(style);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32), zero = b.Constant(I(0)),
            w = b.Weight("w", TensorData.Floats([2, 3], 2));
        string[] v = Header(b, "header", [Vector, Counter], v => b.Node("Less", [v[1], n], [], ElementType.Bool), "body", "exit");
        Graph(b, "body", () => b.Call("header", b.Node("Mul", [v[0], w], [], 2),
            b.Node("Add", [v[1], b.Constant(1L)], [], ElementType.Int32)));
        Graph(b, "exit", () => b.Node("Add", [v[0], b.Constant(1f)], [], 2));
        Model model = MindIrReader.Read(b.Build(b.Call("header", x, zero)));

        Node loop = Assert.Single(model.Graph.Nodes, n => n.Op.Is("Loop"));
        Assert.Equal(4, loop.Inputs.Length); // no trip count, the condition, x and i
        Assert.Contains(model.Graph.Constants, c => loop.Captures.Contains(c) && c.Name == "w");
        Assert.Null(GraphVerifier.FindFault(model.Graph));
        Runner.AssertClose(TensorData.Floats([(float)Math.Pow(2, rounds) + 1, -2 * (float)Math.Pow(3, rounds) + 1], 2),
            Runner.Run(model, X, I(rounds))[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Values_may_be_passed_to_body_and_exit(int rounds)
    {
        // The same by arguments, one of them bound by Partial, with the branches exchanged.
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32);
        GraphProto main = b.Graph;
        b.Function("header");
        string[] v = [b.Input("x", 2), b.Input("i", ElementType.Int32), b.Input("n", ElementType.Int32)];
        string done = b.Node("GreaterEqual", [v[1], v[2]], [], ElementType.Bool);
        string choice = b.Node("Switch", [done, b.Node("Partial", ["exit", v[2]], []), b.Node("Partial", ["body", v[2]], [])], []);
        Return(b, b.Call(choice, v[0], v[1]));
        b.Function("body");
        string[] a = [b.Input("n", ElementType.Int32), b.Input("x", 2), b.Input("i", ElementType.Int32)];
        Return(b, b.Call("header", b.Node("Add", [a[1], a[1]], [], 2), b.Node("Add", [a[2], b.Constant(1L)], [], ElementType.Int32), a[0]));
        b.Function("exit");
        string[] e = [b.Input("n", ElementType.Int32), b.Input("x", 2), b.Input("i", ElementType.Int32)];
        Return(b, b.Tuple(e[1], e[2]));
        b.Graph = main;
        string call = b.Call("header", x, b.Constant(I(0)), n);
        Model model = MindIrReader.Read(b.Build(b.Item(call, 0, 2), b.Item(call, 1, ElementType.Int32)));

        Assert.Equal(4, Assert.Single(model.Graph.Nodes, n => n.Op.Is("Loop")).Inputs.Length); // n does not change
        TensorData[] results = Runner.Run(model, X, I(rounds));
        Runner.AssertClose(TensorData.Floats([1 << rounds, -2 * (1 << rounds)], 2), results[0]);
        Runner.AssertClose(I(rounds), results[1]);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void A_loop_in_a_loop(int outer, int inner)
    {
        float[] expected = [1, -2];
        for (int i = 0; i < outer; i++)
            for (int k = 0; k < 2; k++) expected[k] = (expected[k] + inner) * 2;
        Runner.AssertClose(TensorData.Floats(expected, 2), Runner.Run(MindIrReader.Read(Nested()), X, I(outer), I(inner))[0]);
    }

    /// <summary>
    /// while i &lt; n: j = 0; while j &lt; m: x = x + 1; j = j + 1;  x = x * 2; i = i + 1. What follows the inner one goes on with the
    /// outer.
    /// </summary>
    internal static byte[] Nested()
    {
        var b = new MindIrBuilder(MindIrStyle.C);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32), m = b.Input("m", ElementType.Int32), zero = b.Constant(I(0)),
            one = b.Constant(I(1));
        string[] v = Header(b, "outer", [Vector, Counter], v => b.Node("Less", [v[1], n], [], ElementType.Bool), "outer body",
            "outer exit");
        Graph(b, "outer body", () => b.Call("inner", v[0], zero));
        string[] u = Header(b, "inner", [Vector, Counter], u => b.Node("Less", [u[1], m], [], ElementType.Bool), "inner body",
            "inner exit");
        Graph(b, "inner body", () => b.Call("inner", b.Node("Add", [u[0], b.Constant(1f)], [], 2),
            b.Node("Add", [u[1], one], [], ElementType.Int32)));
        Graph(b, "inner exit", () => b.Call("outer", b.Node("Mul", [u[0], b.Constant(2f)], [], 2),
            b.Node("Add", [v[1], one], [], ElementType.Int32)));
        Graph(b, "outer exit", () => v[0]);
        return b.Build(b.Call("outer", x, zero));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void A_branch_in_a_loop(int rounds)
    {
        // while i < n: if i < 2: x = x + 1 else: x = x * 3;  i = i + 1
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32), zero = b.Constant(I(0)), one = b.Constant(I(1));
        string[] v = Header(b, "header", [Vector, Counter], v => b.Node("Less", [v[1], n], [], ElementType.Bool), "body", "exit");
        string next = "";
        Graph(b, "body", () =>
        {
            next = b.Node("Add", [v[1], one], [], ElementType.Int32);
            return b.Call(b.Node("Switch", [b.Node("Less", [v[1], b.Constant(I(2))], [], ElementType.Bool), "yes", "no"], []));
        });
        Graph(b, "yes", () => b.Call("header", b.Node("Add", [v[0], b.Constant(1f)], [], 2), next));
        Graph(b, "no", () => b.Call("header", b.Node("Mul", [v[0], b.Constant(3f)], [], 2), next));
        Graph(b, "exit", () => v[0]);
        Model model = MindIrReader.Read(b.Build(b.Call("header", x, zero)));

        float[] expected = [1, -2];
        for (int i = 0; i < rounds; i++)
            for (int k = 0; k < 2; k++) expected[k] = i < 2 ? expected[k] + 1 : expected[k] * 3;
        Runner.AssertClose(TensorData.Floats(expected, 2), Runner.Run(model, X, I(rounds))[0]);
    }

    [Fact]
    public void A_value_may_grow_and_a_state_may_be_a_tuple()
    {
        // while i < 3: (x, i) = (concat(x, x), i + 1)
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        string[] v = Header(b, "header", [Vector], v =>
            b.Node("Less", [b.Item(v[0], 1, ElementType.Int32), b.Constant(I(3))], [], ElementType.Bool), "body", "exit");
        Graph(b, "body", () =>
        {
            string inner = b.Item(v[0], 0, -1);
            return b.Call("header", b.Tuple(b.Node("Concat", [b.Tuple(inner, inner)], [("axis", 0L)], -1),
                b.Node("Add", [b.Item(v[0], 1, ElementType.Int32), b.Constant(1L)], [], ElementType.Int32)));
        });
        Graph(b, "exit", () => b.Item(v[0], 0, -1));
        Model model = MindIrReader.Read(b.Build(b.Call("header", b.Tuple(x, b.Constant(I(0))))));
        Runner.AssertClose(TensorData.Floats([1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2], 16), Runner.Run(model, X)[0]);
    }

    [Fact]
    public void A_loop_with_no_iterations_disappears()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        string[] v = Header(b, "header", [Vector], _ => b.Constant(false), "body", "exit");
        Graph(b, "body", () => b.Call("header", b.Node("Neg", [v[0]], [], 2)));
        Graph(b, "exit", () => b.Node("ReLU", [v[0]], [], 2));
        Assert.Equal("Relu", Assert.Single(MindIrReader.Read(b.Build(b.Call("header", x))).Graph.Nodes).Op.Type);
    }

    [Fact]
    public void A_result_that_is_used_does_not_make_a_loop()
    {
        // f(x) = x * f(x - 1) while x > 0
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", ElementType.Float32);
        string[] v = Header(b, "f", [Scalar], v => b.Node("Greater", [v[0], b.Constant(0f)], [], ElementType.Bool), "again", "end");
        Graph(b, "again", () => b.Node("Mul", [v[0], b.Call("f", b.Node("Sub", [v[0], b.Constant(1f)], []))], []));
        Graph(b, "end", () => b.Constant(TensorData.Scalar(ElementType.Float32, 1f)));
        Refused(b.Build(b.Call("f", x)), "Mul uses the result");
    }

    [Fact]
    public void Break_and_return_inside_a_loop_are_refused()
    {
        // while i < n: if x[0] > 0: break
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32);
        string[] v = Header(b, "header", [Vector, Counter], v => b.Node("Less", [v[1], n], [], ElementType.Bool), "body", "exit");
        Graph(b, "body",
            () => b.Call(b.Node("Switch", [b.Node("Less", [v[1], b.Constant(I(2))], [], ElementType.Bool), "exit", "on"], [])));
        Graph(b, "on", () => b.Call("header", v[0], b.Node("Add", [v[1], b.Constant(1L)], [], ElementType.Int32)));
        Graph(b, "exit", () => b.Node("Neg", [v[0]], [], 2));
        Refused(b.Build(b.Call("header", x, b.Constant(I(0)))), "break, or return");
    }

    [Fact]
    public void A_loop_without_an_end_is_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), go = b.Input("go", ElementType.Bool);
        string[] v = Header(b, "header", [Vector], _ => go, "body", "exit");
        Graph(b, "body", () => b.Call("header", v[0]));
        Graph(b, "exit", () => v[0]);
        Refused(b.Build(b.Call("header", x)), "never ends");
    }

    [Fact]
    public void A_fault_in_a_body_is_reported_once()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), n = b.Input("n", ElementType.Int32);
        string[] v = Header(b, "header", [Vector, Counter], v => b.Node("Less", [v[1], n], [], ElementType.Bool), "body", "exit");
        Graph(b, "body", () => b.Call("header", b.Node("NoSuch", [v[0]], [], 2),
            b.Node("Add", [v[1], b.Constant(1L)], [], ElementType.Int32)));
        Graph(b, "exit", () => v[0]);
        byte[] file = b.Build(b.Call("header", x, b.Constant(I(0))));
        Assert.Equal(MindIrCodes.UnknownPrimitive,
            Assert.Single(Assert.Throws<ModelException>(() => MindIrReader.Read(file)).Diagnostics).Code);
    }

    private static readonly (ElementType, long[]) Vector = (ElementType.Float32, [2]), Counter = (ElementType.Int32, []),
        Scalar = (ElementType.Float32, []);

    private static TensorData I(int value) => TensorData.Scalar(ElementType.Int32, value);

    /// <summary>A header whose body and exit use its inputs by name; gives those names.</summary>
    private static string[] Header(
        MindIrBuilder b, string name, (ElementType Type, long[] Dims)[] inputs, Func<string[], string> condition, string body, string exit)
    {
        GraphProto main = b.Graph;
        b.Function(name);
        string[] names = [.. inputs.Select((input, i) => b.Input($"v{i}", input.Type, input.Dims))];
        Return(b, b.Call(b.Node("Switch", [condition(names), body, exit], [])));
        b.Graph = main;
        return names;
    }

    private static void Graph(MindIrBuilder b, string name, Func<string> result)
    {
        GraphProto main = b.Graph;
        b.Function(name);
        Return(b, result());
        b.Graph = main;
    }

    private static void Return(MindIrBuilder b, string result) => b.Graph.Output.Add(new ValueInfoProto { Name = result });

    private static void Refused(byte[] file, string message)
    {
        Diagnostic d = Assert.Single(Assert.Throws<ModelException>(() => MindIrReader.Read(file)).Diagnostics);
        Assert.Equal(MindIrCodes.Recursion, d.Code);
        Assert.Contains(message, d.Message, StringComparison.Ordinal);
    }
}
