using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

public sealed class OperatorTableTests
{
    [Fact]
    public void Every_standard_operator_has_a_shape_rule() => Assert.Empty(
        OperatorTable.Default.Operators.Where(o => o.Name.Domain.Length == 0 && !o.InfersShapes).Select(o => o.Name.ToString()));

    [Fact]
    public void A_node_that_keeps_an_older_form_gets_types_by_its_own_schema()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 1, 2, 2)));
        Node node = builder.Add("Upsample", [x], ["u"], AttributeMap.Of(("scales", new float[] { 1, 1, 2, 2 })), version: 7);
        Assert.Equal("f32[*]", node.Outputs[0]!.Type.ToString());
        Assert.Empty(builder.Scope.Diagnostics);
    }

    [Fact]
    public void An_unknown_operator_gives_unknown_types_and_no_objection()
    {
        Assert.Equal("?", Inferred.Of(new("some.domain", "Swirl"), "f32[2]"));
        Assert.Equal("f32[2]", Inferred.Of(new OpName("", "Relu", "overload"), "f32[2]"));
    }

    [Fact]
    public void Many_threads_may_use_one_table() => Parallel.For(0, 64, i =>
    {
        Assert.Equal("f32[n,4]", Inferred.Of("MatMul", "f32[n,3] f32[3,4]"));
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Assert.Equal("f32[*]", builder.Add("Relu", [x], ["y"], version: 6 + i % 8).Outputs[0]!.Type.ToString());
    });
}
