using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Proto;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Unit;

public class ControlFlowTests
{
    private static readonly TensorData X = TensorData.Floats([1, -2], 2);

    [Fact]
    public void A_call_is_inlined_and_sees_the_values_around_it()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), doubled = b.Node("Add", [x, x], [], 2);
        Function(b, "f", ["a"], a => b.Node("Mul", [a[0], doubled], [], 2));
        Model model = MindIrReader.Read(b.Build(b.Call("f", x)));
        Assert.Equal(["Add", "Mul"], model.Graph.Nodes.Select(n => n.Op.Type));
        Runner.AssertClose(TensorData.Floats([2, 8], 2), Runner.Run(model, X)[0]);
    }

    [Fact]
    public void Two_calls_of_one_function_are_two_copies_that_share_constants()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        Function(b, "f", ["a"], a => b.Node("Mul", [a[0], b.Constant(TensorData.Floats([3, 4], 2))], [], 2));
        Model model = MindIrReader.Read(b.Build(b.Call("f", b.Call("f", x))));
        Assert.Equal(2, model.Graph.Nodes.Length);
        Assert.Single(model.Graph.Constants);
        Runner.AssertClose(TensorData.Floats([9, -32], 2), Runner.Run(model, X)[0]);
    }

    [Theory]
    [InlineData(true, 3f, 0f)]
    [InlineData(false, -1f, 2f)]
    public void Switch_becomes_an_If_over_both_functions(bool condition, float first, float second)
    {
        Model model = MindIrReader.Read(Switched(b => b.Input("c", ElementType.Bool)));
        Node node = Assert.Single(model.Graph.Nodes, n => n.Op.Is("If"));
        Assert.Equal(2, node.Outputs.Length);
        TensorData[] results = Runner.Run(model, X, TensorData.Scalar(ElementType.Bool, condition));
        Runner.AssertClose(TensorData.Floats([first, second], 2), results[0]);
        Runner.AssertClose(X, results[1]);
    }

    [Fact]
    public void Switch_on_what_is_known_leaves_one_branch()
    {
        Model model = MindIrReader.Read(Switched(b => b.Constant(true)));
        Assert.DoesNotContain(model.Graph.Nodes, n => n.Op.Is("If"));
        Runner.AssertClose(TensorData.Floats([3, 0], 2), Runner.Run(model, X)[0]);
    }

    [Theory]
    [InlineData(0, 1f, -2f)]
    [InlineData(1, 2f, -4f)]
    [InlineData(-1, 3f, -6f)]
    public void SwitchLayer_chooses_among_several(int index, float first, float second)
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), i = b.Input("i", ElementType.Int32);
        string[] names = ["f0", "f1", "f2"];
        foreach ((string name, int n) in names.Select((name, n) => (name, n)))
            Function(b, name, ["a"], a => b.Node("Mul", [a[0], b.Constant((float)(n + 1))], [], 2));
        string layer = b.Node("SwitchLayer", [i, b.Tuple(names)], [], 2);
        Model model = MindIrReader.Read(b.Build(b.Call(layer, x)));
        Runner.AssertClose(TensorData.Floats([first, second], 2), Runner.Run(model, X, TensorData.Scalar(ElementType.Int32, index))[0]);
    }

    [Fact]
    public void Partial_gives_the_first_arguments()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        Function(b, "f", ["p", "q"], a => b.Node("Sub", [a[0], a[1]], [], 2));
        string partial = b.Node("Partial", ["f", x], [], 2);
        Runner.AssertClose(TensorData.Floats([-1, 2], 2),
            Runner.Run(MindIrReader.Read(b.Build(b.Call(partial, b.Node("Add", [x, x], [], 2)))), X)[0]);
    }

    [Fact]
    public void An_input_that_names_a_weight_is_that_weight()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        b.Weight("w", TensorData.Floats([5, 7], 2));
        GraphProto f = Function(b, "f", ["a", "w"], a => b.Node("Mul", [a[0], a[1]], [], 2));
        f.Input[1].Tensor[0].RefKey = "w";
        Runner.AssertClose(TensorData.Floats([5, -14], 2), Runner.Run(MindIrReader.Read(b.Build(b.Call("f", x))), X)[0]);
    }

    [Fact]
    public void Recursion_is_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        Function(b, "loop", ["a"], a => b.Call("loop", a[0]));
        Refused(b.Build(b.Call("loop", x)), MindIrCodes.Recursion);
    }

    [Fact]
    public void Calls_that_double_at_each_level_are_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        for (int i = 0; i < 40; i++)
            Function(b, $"f{i}", ["a"], a => i == 39 ? b.Node("ReLU", a, [], 2) : b.Call($"f{i + 1}", b.Call($"f{i + 1}", a[0])));
        Refused(b.Build(b.Call("f0", x)), ModelCodes.TooDeep);
    }

    [Fact]
    public void Calls_nested_too_deep_are_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2);
        for (int i = 0; i < 100; i++) Function(b, $"f{i}", ["a"], a => i == 99 ? b.Node("ReLU", a, [], 2) : b.Call($"f{i + 1}", a[0]));
        Refused(b.Build(b.Call("f0", x)), ModelCodes.TooDeep);
    }

    [Fact]
    public void A_long_chain_does_not_count_as_nesting()
    {
        var b = new MindIrBuilder(MindIrStyle.A);
        string value = b.Input("x", 2);
        for (int i = 0; i < 20_000; i++) value = b.Node("ReLU", [value], [], 2);
        Assert.Equal(20_000, MindIrReader.Read(b.Build(value)).Graph.Nodes.Length);
    }

    [Fact]
    public void Tuples_nested_without_end_are_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.A);
        string value = b.Input("x", 2);
        for (int i = 0; i < 20_000; i++) value = b.Tuple(value);
        Refused(b.Build(value), ModelCodes.TooDeep);
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        var b = new MindIrBuilder(MindIrStyle.A);
        string x = b.Input("x", 2), first = b.Node("Add", [x, "second"], [], 2), second = b.Node("ReLU", [first], [], 2);
        b.Graph.Node[^1].Name = "second";
        b.Graph.Node[^1].Output[0] = "second";
        b.Graph.Node[0].Input[1] = "second";
        Assert.NotEqual("", second);
        Refused(b.Build("second"), ModelCodes.Cycle);
    }

    [Fact]
    public void A_node_that_changes_a_weight_is_refused_although_no_result_needs_it()
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), w = b.Weight("w", X);
        b.Node("AssignAdd", [w, x], [], 2);
        Refused(b.Build(b.Node("Add", [x, w], [], 2)), MindIrCodes.Stateful);
    }

    internal static void Refused(byte[] file, DiagnosticCode code)
    {
        var e = Assert.Throws<ModelException>(() => MindIrReader.Read(file));
        Assert.Contains(e.Diagnostics, d => d.Code == code);
    }

    /// <summary>x + 2 or -x + ..., chosen by a condition; the second result is x in both.</summary>
    private static byte[] Switched(Func<MindIrBuilder, string> condition)
    {
        var b = new MindIrBuilder(MindIrStyle.B);
        string x = b.Input("x", 2), c = condition(b);
        Function(b, "yes", ["a"], a => b.Tuple(b.Node("Add", [a[0], b.Constant(2f)], [], 2), a[0]));
        Function(b, "no", ["a"], a => b.Tuple(b.Node("Neg", [a[0]], [], 2), a[0]));
        string chosen = b.Node("Switch", [c, "yes", "no"], [], 2);
        string call = b.Call(chosen, x);
        return b.Build(b.Item(call, 0, 2), b.Item(call, 1, 2));
    }

    private static GraphProto Function(MindIrBuilder b, string name, string[] inputs, Func<string[], string> body)
    {
        GraphProto main = b.Graph, function = b.Function(name);
        string result = body([.. inputs.Select(i => b.Input(i, 2))]);
        function.Output.Add(new ValueInfoProto { Name = result });
        b.Graph = main;
        return function;
    }
}
