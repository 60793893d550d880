using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class NodePassTests
{
    [Theory]
    [InlineData("MergeTransposes", "a = Transpose(x) {perm = [1, 0, 2]}\n  y = Transpose(a) {perm = [2, 1, 0]}")]
    [InlineData("MergeCasts", "a = Cast(x) {to = 11}\n  y = Cast(a) {to = 11}")]
    [InlineData("MergeReshapes", "a = Flatten(x)\n  y = Reshape(a, s)")]
    [InlineData("UnwrapTransposes", "a = Reshape(x, s)\n  b = Transpose(a) {perm = [0, 1, 3, 2]}\n  y = Reshape(b, t)")]
    [InlineData("ReshapeFromShape", "a = Shape(x)\n  y = Reshape(x, a)")]
    [InlineData("DecomposeBatchNorm", "y = BatchNormalization(x, c, c, c, c)")]
    [InlineData("FuseAffineIntoConv", "a = Conv(x, w)\n  y = Mul(a, two)", "node_a")]
    [InlineData("FuseAffineIntoConv", "a = MatMul(x, m)\n  b = Mul(a, two)\n  y = Add(b, two)")]
    public void A_replacement_has_the_name_and_the_metadata_of_the_node(string pass, string nodes, string name = "node_y")
    {
        Graph source = PassRun.Parse(
            $$"""
            graph g(x: f32[2,3,4]) -> (y) {
              const s: i64[4] = {2, 1, 3, 4}
              const t: i64[3] = {2, 4, 3}
              const c: f32[3] = {1.0, 2.0, 4.0}
              const w: f32[3,3,1] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}
              const m: f32[4,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}
              const two: f32[] = {2.0}
              {{nodes}}
            }
            """).Graph;
        var metadata = new Metadata("doc", [new("namespace", "layer.1")]);
        GraphBuilder builder = GraphBuilder.For(source, OperatorTable.Default);
        foreach (Value v in source.Constants) builder.Constant(v);
        foreach (Node n in source.Nodes)
            builder.Define(n.Op, n.Inputs.AsSpan(), n.Outputs.AsSpan(), n.Attributes, "node_" + n.Outputs[0]!.Name, 0, metadata);

        PassRun run = PassRun.Of(PassRun.Around(builder.Build(source.Outputs.AsSpan())), Pipeline.Parse(pass));
        Assert.Contains(run.Reports, r => r.IsChanged);
        Node last = run.Graph.Nodes[^1];
        Assert.Equal(name, last.Name);
        Assert.Equal("y", last.Outputs[0]!.Name);
        Assert.All(run.Graph.Nodes, n => Assert.Same(metadata, n.Metadata));
    }
}
