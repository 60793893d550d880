using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Tests;

/// <summary>Properties of the zoo's models that need no run.</summary>
public class ZooGraphTests
{
    public static TheoryData<string> Names => [.. ModelZoo.Entries.Select(e => e.Name)];

    public static TheoryData<string> Published => [.. ModelZoo.Entries.Where(e => e.Parameters is not null).Select(e => e.Name)];

    [Theory, MemberData(nameof(Published))]
    public void A_network_has_its_published_number_of_parameters(string name)
    {
        ZooEntry entry = ModelZoo.Find(name)!;
        IEnumerable<Value> trained = entry.Build().Graph.Constants.Where(IsTrained);
        Assert.Equal(entry.Parameters, trained.Sum(c => c.Data!.ElementCount));
    }

    [Theory, MemberData(nameof(Names))]
    public void Values_have_a_type_and_a_name_of_their_own(string name)
    {
        Graph graph = ModelZoo.Find(name)!.Build().Graph;
        Assert.Null(GraphVerifier.FindFault(graph));
        Value[] values = [.. graph.Inputs, .. graph.Constants, .. graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()];
        Assert.All(values, v => Assert.NotNull(v.Shape));
        Assert.All(values, v => Assert.NotEqual("", v.Name));
        Assert.Equal(values.Length, values.DistinctBy(v => v.Name).Count());
    }

    /// <summary>The layers declare types, and the operator table infers them: where they differ, building throws.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_operator_table_agrees_with_the_layers(string name)
    {
        Graph graph = ModelZoo.Find(name)!.Build(new() { Batch = "batch", Rules = OperatorTable.Default }).Graph;
        Assert.All(graph.Outputs, o => Assert.All(o.Shape!, dim => Assert.False(dim.IsUnknown)));
    }

    [Fact]
    public void A_layer_that_declares_a_wrong_type_is_detected()
    {
        var net = new NetworkBuilder("wrong", new() { Rules = OperatorTable.Default });
        Tensor x = net.Input("x", 1, 3);
        net.Output("y", net.Op("Relu", x.Of(1, 4), [x]));
        Assert.Throws<ModelException>(net.Finish);
    }

    /// <summary>
    /// The networks are for TensorRT alone, the mixed variants are not. ("equilibrium" is not here: the support rule of Loop
    /// looks at the trip count and not at the condition, and so takes it for a loop of known length.)
    /// </summary>
    [Theory]
    [InlineData("lenet")]
    [InlineData("alexnet")]
    [InlineData("vgg16")]
    [InlineData("vgg19")]
    [InlineData("resnet50")]
    [InlineData("inception_v3")]
    [InlineData("inception_v3_aux")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3")]
    [InlineData("bert_base")]
    [InlineData("bert_small")]
    [InlineData("wide_deep")]
    [InlineData("mixed", "Col2Im", "Compress", "Det", "Unique")]
    [InlineData("resnet50_det", "Det")]
    [InlineData("mobilenet_v2_nonzero")] // its parser takes NonZero of every type, though the documents list floats only
    [InlineData("mobilenet_v2_detector", "MaxRoiPool")]
    [InlineData("wide_deep_unique", "Unique")]
    [InlineData("bert_base_int8", "DynamicQuantizeLinear", "MatMulInteger")]
    public void TensorRt_lacks_these_operators(string name, params string[] lacking)
    {
        Graph graph = ModelZoo.Find(name)!.Build(new() { Rules = OperatorTable.Default }).Graph;
        IEnumerable<Node> fallback = graph.Nodes.Where(n => !OperatorTable.Default.SupportOf(n, new(new TensorRtRelease(10, 16))).IsYes);
        Assert.Equal(lacking, fallback.Select(n => n.Op.Type).Distinct().Order());
    }

    [Fact]
    public void Names_are_found_and_differ()
    {
        Assert.All(ModelZoo.Entries, e => Assert.Same(e, ModelZoo.Find(e.Name)));
        Assert.Null(ModelZoo.Find("LeNet"));
    }

    private static bool IsTrained(Value constant) =>
        constant.Name.EndsWith(".weight", StringComparison.Ordinal) || constant.Name.EndsWith(".bias", StringComparison.Ordinal);
}
