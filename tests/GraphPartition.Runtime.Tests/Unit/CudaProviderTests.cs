using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>For which convolutions CUDA is told to have channels last and biases inside.</summary>
public sealed class CudaProviderTests
{
    private readonly GraphBuilder _builder = new(OperatorTable.Default);

    [Theory]
    [InlineData("Conv", false, true, true)]
    [InlineData("Conv", true, true, true)]
    [InlineData("ConvTranspose", false, true, true)]
    [InlineData("ConvTranspose", true, true, false)]
    public void A_bias_goes_inside_of_a_Conv_only(string type, bool hasBias, bool channelsLast, bool biasInside)
    {
        Value[] bias = hasBias ? [_builder.Constant("b", TensorData.Floats([1, 2], 2))] : [];
        Graph graph = _builder.Build(_builder.Op(type, "y", [Image(), Weight(), .. bias]));
        Assert.Equal((channelsLast, biasInside), (CudaProvider.CanHaveChannelsLast(graph), CudaProvider.CanFuseBias(graph)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_weight_that_is_computed_keeps_channels_first(bool inBody)
    {
        Value weight = _builder.Op("Neg", "computed", [Weight()]);
        Value y = inBody ? InBody(weight) : _builder.Op("Conv", "y", [Image(), weight]);
        Assert.False(CudaProvider.CanHaveChannelsLast(_builder.Build(y)));
    }

    [Fact]
    public void A_graph_without_convolutions_has_no_layout_limits()
    {
        Graph graph = _builder.Build(_builder.Op("Relu", "y", [Image()]));
        Assert.True(CudaProvider.CanHaveChannelsLast(graph) && CudaProvider.CanFuseBias(graph));
    }

    private Value Image() => _builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 2, 4, 4)));

    private Value Weight() => _builder.Constant("w", TensorData.Floats(new float[36], 2, 2, 3, 3));

    private Value InBody(Value weight)
    {
        Value x = Image(), condition = _builder.Input("condition", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        return _builder.Op("If", "y", [condition], AttributeMap.Of(
            ("then_branch", new GraphAttribute(Branch("a"))), ("else_branch", new GraphAttribute(Branch("b")))));

        Graph Branch(string name)
        {
            var branch = new GraphBuilder(OperatorTable.Default, _builder.Scope) { Name = name };
            return branch.Build(branch.Op("Conv", name, [x, weight]));
        }
    }
}
