using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class SegmentTests
{
    [Fact]
    public void A_cut_lists_boundaries_once_and_in_order()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32));
        Value w = builder.Constant("w", TensorData.Floats([1, 2]));
        Value a = builder.Op("Mul", "a", [x, w]);
        Value b = builder.Op("Neg", "b", [a]);
        Value c = builder.Op("Add", "c", [a, b]);
        Graph graph = builder.Build(c, a);

        ImmutableArray<GraphSegment> segments = GraphSegment.Cut(graph, [0, 1, 2], [true, false, true]);

        Assert.Equal([x], segments[0].Inputs.AsEnumerable());
        Assert.Equal([w], segments[0].Weights.AsEnumerable());
        Assert.Equal([a], segments[0].Outputs.AsEnumerable());
        Assert.Equal([a, b], segments[2].Inputs.AsEnumerable());
        Assert.Equal([c], segments[2].Outputs.AsEnumerable());
        Assert.Equal([true, false, true], segments.Select(s => s.IsEngine));
    }

    [Fact]
    public void An_order_that_cannot_be_executed_throws_and_names_the_node()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value a = builder.Op("Neg", "a", [builder.Input("x", IrType.Unknown)]);
        Graph graph = builder.Build(builder.Op("Abs", "b", [a]));
        var bug = Assert.Throws<InternalCompilerException>(() => GraphSegment.Cut(graph, [1, 0], [true, false]));
        Assert.Contains("> %b = Abs(%a)", bug.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_segment_is_a_sound_graph_and_has_every_node_once() => RandomModel.Check(40, 300, model =>
    {
        CompiledModel compiled = Partitions.Compile(model, "random:5:0.5");
        return compiled.Cut.Segments.SelectMany(s => s.Nodes).Order().SequenceEqual(Enumerable.Range(0, model.Graph.Nodes.Length))
            && compiled.Cut.Segments.All(s => GraphVerifier.FindFault(
                s.Extract(compiled.Model.Graph, weightsAsInputs: false, "s")) is null);
    });
}
