using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

/// <summary>The types of a node's inputs determine the types in its bodies, and these determine the types of its outputs.</summary>
public sealed class ControlFlowTests
{
    private static readonly TensorData True = TensorData.Of<byte>(ElementType.Bool, [1], []);

    private readonly GraphBuilder _builder = new(OperatorTable.Default);

    [Fact]
    public void A_carried_value_that_keeps_its_shape_has_it_in_the_body_and_behind_the_loop()
    {
        Node loop = Loop("f32[n,4]", ElementType.Float32, (b, x) => b.Op("Relu", "y", [x]));
        Assert.Equal("f32[n,4]", Text(loop.Outputs[0]));
        Assert.Equal("f32[n,4]", Text(Body(loop).Inputs[2]));
        Assert.Equal("f32[n,4]", Text(Body(loop).Outputs[1]));
        Assert.Equal(["i64[]", "bool[]"], Body(loop).Inputs.Take(2).Select(Text));
    }

    [Fact]
    public void A_carried_value_that_grows_keeps_only_its_fixed_dimensions()
    {
        Node loop = Loop("f32[2,4]", ElementType.Float32, (b, x) => b.Op("Concat", "y", [x, x], AttributeMap.Of(("axis", 0))));
        Assert.Equal("f32[?,4]", Text(loop.Outputs[0]));
        Assert.Equal("f32[?,4]", Text(Body(loop).Inputs[2]));
    }

    [Fact]
    public void A_carried_value_that_gains_dimensions_has_no_known_rank()
    {
        Node loop = Loop("f32[2]", ElementType.Float32, (b, x) => b.Op("Unsqueeze", "y", [x, b.Constant("a", TensorData.Int64s(0))]));
        Assert.Equal("f32[*]", Text(loop.Outputs[0]));
        Assert.Equal("f32[*]", Text(Body(loop).Inputs[2]));
    }

    [Theory]
    [InlineData(7L, true, "f32[7,2]")] // the condition is handed on: all iterations run
    [InlineData(-3L, true, "f32[0,2]")]
    [InlineData(7L, false, "f32[$0,2]")] // it is computed: the loop may end early
    [InlineData(null, true, "f32[$0,2]")]
    public void Scan_outputs_are_as_long_as_the_loop_runs(long? trips, bool handsOn, string expected)
    {
        Value x = Input("x", "f32[2]");
        Value m = trips is { } t ? _builder.Constant("m", TensorData.Of<long>(ElementType.Int64, [t], [])) : Input("m", "i64[]");
        var body = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        body.Input("i", IrType.Unknown);
        Value go = body.Input("go", IrType.Unknown);
        Value next = handsOn ? body.Op("Identity", "next", [go]) : body.Op("Not", "next", [go]);
        Value y = body.Op("Exp", "y", [x]); // captured
        Node loop = _builder.Add("Loop", [m, _builder.Constant("c", True)], ["ys"],
            AttributeMap.Of(("body", new GraphAttribute(body.Build(next, y)))));
        Assert.Equal(expected, Text(loop.Outputs[0]));
        Verdict support = OperatorTable.Default.SupportOf(loop, TensorRtTarget.Default);
        Assert.Equal(trips is not null && handsOn ? null : "fixed-loop", support.Rule);
    }

    [Fact]
    public void A_scan_sees_one_element_of_each_sequence()
    {
        Value state = Input("s", "f32[3]"), sequence = Input("xs", "f32[3,t]");
        var body = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        Value s = body.Input("s0", IrType.Tensor(ElementType.Float32)), x = body.Input("x0", IrType.Unknown);
        Value sum = body.Op("Add", "sum", [s, x]);
        Node scan = _builder.Add("Scan", [state, sequence], ["last", "all"], AttributeMap.Of(
            ("num_scan_inputs", 1), ("scan_input_axes", new long[] { -1 }), ("body", new GraphAttribute(body.Build(sum, sum)))));
        Assert.Equal(["f32[3]", "f32[t,3]"], scan.Outputs.Select(Text));
        Assert.Equal(["f32[3]", "f32[3]"], Body(scan).Inputs.Select(Text));
        Assert.Empty(_builder.Scope.Diagnostics);
    }

    [Fact]
    public void A_sequence_map_sees_one_element_of_each_sequence_and_tensors_whole()
    {
        Value sequence = Input("xs", "seq(f32[2,3])"), other = Input("y", "f32[3]");
        var body = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        Value sum = body.Op("Add", "sum", [body.Input("x0", IrType.Unknown), body.Input("y0", IrType.Unknown)]);
        Node map = _builder.Add("SequenceMap", [sequence, other], ["zs"], AttributeMap.Of(("body", new GraphAttribute(body.Build(sum)))));
        Assert.Equal("seq(f32[2,3])", Text(map.Outputs[0]));
    }

    [Fact]
    public void Bodies_in_bodies_are_typed_too()
    {
        Node outer = Loop("f32[n,4]", ElementType.Undefined, (b, x) =>
        {
            var inner = new GraphBuilder(OperatorTable.Default, b.Scope);
            inner.Input("j", IrType.Unknown);
            Value go = inner.Input("more", IrType.Unknown), z = inner.Input("z", IrType.Unknown);
            Value w = inner.Op("Mul", "w", [z, x]); // the outer carried value is captured
            return b.Add("Loop", [b.Constant("k", TensorData.Int64s(2)), null, x], ["y"],
                AttributeMap.Of(("body", new GraphAttribute(inner.Build(go, w))))).Outputs[0]!;
        });
        Assert.Equal("f32[n,4]", Text(outer.Outputs[0]));
        Node nested = Body(outer).Nodes.Single(n => n.Op.Is("Loop"));
        Assert.Equal("f32[n,4]", Text(Body(nested).Nodes.Single().Outputs[0]));
        Assert.Null(GraphVerifier.FindFault(_builder.Build(outer.Outputs[0]!)));
    }

    [Fact]
    public void Nested_too_deep_for_typing_all_again_bodies_stay_as_they_are_and_nothing_takes_long()
    {
        Value Nest(GraphBuilder b, Value x, int depth)
        {
            if (depth == 0) return b.Op("Relu", "r", [x]);
            var body = new GraphBuilder(OperatorTable.Default, b.Scope);
            body.Input("i", IrType.Unknown);
            Value go = body.Input("go", IrType.Unknown), inner = body.Input("x", IrType.Unknown);
            Value y = Nest(body, inner, depth - 1);
            return b.Add("Loop", [null, null, x], ["y"], AttributeMap.Of(("body", new GraphAttribute(body.Build(go, y))))).Outputs[0]!;
        }
        Assert.NotNull(Nest(_builder, Input("x", "f32[2]"), 60));
    }

    [Theory]
    [InlineData("f32[2,3]", "f32[2,3]", "f32[2,3]")]
    [InlineData("f32[2,3]", "f32[4,3]", "f32[?,3]")]
    [InlineData("f32[2,3]", "f32[3]", "f32[*]")]
    public void The_type_of_an_If_is_what_its_branches_share(string then, string other, string expected)
    {
        Value c = Input("c", "bool[]"), x = Input("x", then), y = Input("y", other);
        Assert.Equal(expected, Text(If(c, b => b.Op("Exp", "t", [x]), b => b.Op("Log", "e", [y])).Outputs[0]));
    }

    [Fact]
    public void A_contradiction_in_a_branch_is_a_warning_since_the_branch_may_never_run()
    {
        Value c = Input("c", "bool[]"), x = Input("x", "f32[2,3]");
        _builder.Scope.BodyDepth++; // as the importer does while it reads a body
        var then = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        Graph wrong = then.Build(then.Op("Squeeze", "t", [x, then.Constant("a", TensorData.Int64s(0))]));
        _builder.Scope.BodyDepth--;
        var other = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        _builder.Add("If", [c], ["y"], AttributeMap.Of(
            ("then_branch", new GraphAttribute(wrong)), ("else_branch", new GraphAttribute(other.Build(other.Op("Identity", "e", [x]))))));
        Diagnostic found = Assert.Single(_builder.Scope.Diagnostics);
        Assert.Equal(("GP2011", Severity.Warning), (found.Code.Id, found.Code.Severity));
    }

    private Node Loop(string initial, ElementType declared, Func<GraphBuilder, Value, Value> step)
    {
        Value x = Input("x0", initial);
        var body = new GraphBuilder(OperatorTable.Default, _builder.Scope);
        body.Input("i", IrType.Unknown);
        Value go = body.Input("go", IrType.Unknown);
        Value carried = body.Input("x", declared == ElementType.Undefined ? IrType.Unknown : IrType.Tensor(declared));
        Value next = step(body, carried);
        return _builder.Add("Loop", [Input("m", "i64[]"), null, x], ["y"],
            AttributeMap.Of(("body", new GraphAttribute(body.Build(go, next)))));
    }

    private Node If(Value condition, Func<GraphBuilder, Value> then, Func<GraphBuilder, Value> other)
    {
        GraphBuilder t = new(OperatorTable.Default, _builder.Scope), e = new(OperatorTable.Default, _builder.Scope);
        return _builder.Add("If", [condition], ["y"], AttributeMap.Of(
            ("then_branch", new GraphAttribute(t.Build(then(t)))), ("else_branch", new GraphAttribute(e.Build(other(e))))));
    }

    private Value Input(string name, string type) => _builder.Input(name, Inferred.Type(type));

    private static Graph Body(Node node) => node.Attributes.Body("body")!;

    private static string Text(Value? value) => value!.Type.ToString();
}
