using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>What ONNX Runtime's CUDA provider would wait for in the middle of a step.</summary>
public sealed class CaptureAnalysisTests
{
    private static readonly IrType Number = IrType.Tensor(ElementType.Int64, Shape.Scalar);
    private readonly GraphBuilder _builder = new(OperatorTable.Default);

    [Fact]
    public void A_loop_limit_computed_from_shapes_is_on_the_host()
    {
        Value x = _builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value size = _builder.Op("Size", "size", [x]);
        AssertWaits(false, _builder.Op("Range", "y", [Constant(0), _builder.Op("Mul", "limit", [size, Constant(2)]), Constant(1)]));
    }

    [Fact]
    public void A_loop_limit_computed_from_data_is_on_the_device() =>
        AssertWaits(true, _builder.Op("Range", "y",
            [Constant(0), _builder.Op("Mul", "limit", [_builder.Input("x", Number), Constant(2)]), Constant(1)]));

    [Fact]
    public void A_loop_limit_from_an_outer_graph_is_where_it_is_read() =>
        AssertWaits(false, _builder.Op("Range", "y", [Constant(0), _builder.Input("x", Number), Constant(1)]));

    [Fact]
    public void A_loop_limit_that_the_device_also_reads_is_copied()
    {
        Value limit = _builder.Input("x", Number);
        AssertWaits(true, _builder.Op("Add", "y", [_builder.Op("Range", "range", [Constant(0), limit, Constant(1)]), limit]));
    }

    [Fact]
    public void Data_does_not_count_as_sizes()
    {
        Value x = _builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value shape = _builder.Constant("shape", TensorData.Int64s(3, 2));
        AssertWaits(false, _builder.Op("Reshape", "y", [_builder.Op("Relu", "r", [x]), shape]));
    }

    [Theory]
    [InlineData("", "Relu", true)]
    [InlineData("", "NonZero", false)]
    [InlineData("", "OperatorOfTheNextOpset", false)] // unknown: it may wait
    [InlineData("com.microsoft", "Gelu", false)]
    public void Only_operators_that_are_known_never_to_wait_are_recorded(string domain, string type, bool isRecorded)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        IrType floats = IrType.Tensor(ElementType.Float32, Shape.Of(2));
        Graph graph = builder.Build(builder.Add(new OpName(domain, type), [builder.Input("x", floats)], [new("y", floats)]).Outputs[0]!);
        Assert.Equal((isRecorded, isRecorded), (new CaptureAnalysis(graph).CanRecord(0), new CaptureAnalysis(graph).NeverWait([0])));
    }

    private Value Constant(long number) => _builder.Constant($"c{number}", TensorData.Scalar(ElementType.Int64, number));

    private void AssertWaits(bool waits, Value result)
    {
        Graph graph = _builder.Build(result);
        var nodes = new CaptureAnalysis(graph);
        Assert.Equal(!waits, nodes.NeverWait([.. Enumerable.Range(0, graph.Nodes.Length)]));
        if (waits) Assert.False(Enumerable.Range(0, graph.Nodes.Length).All(nodes.CanRecord));
    }
}
