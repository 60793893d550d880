using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>Faults planted in models: what is left is small, still fails, is a valid model, and is the same every time.</summary>
public sealed class ModelReducerTests
{
    private static readonly (string Name, Func<Graph, bool> Fails)[] Faults =
    [
        ("a Softmax", g => g.Nodes.Any(n => n.Op.Is("Softmax"))),
        ("a Relu behind a BatchNormalization", g => Pairs(g).Any(p => p.From.Op.Is("BatchNormalization") && p.To.Op.Is("Relu"))),
        ("two engines", g => Engines(g) > 1),
        ("a Pow and a Gather somewhere", g => g.Nodes.Any(n => n.Op.Is("Pow")) && g.Nodes.Any(n => n.Op.Is("Gather"))),
        ("three Reshapes", g => g.Nodes.Count(n => n.Op.Is("Reshape")) >= 3),
    ];

    [Fact]
    public void A_planted_fault_is_reduced_to_few_nodes()
    {
        Model model = ModelFile.Read(Checkout.PathOf("testmodels", "mixed.onnx"), OperatorTable.Default);
        foreach ((string name, Func<Graph, bool> fails) in Faults)
        {
            Assert.True(fails(model.Graph), name);
            Model reduced = new ModelReducer(m => fails(m.Graph), OperatorTable.Default).Reduce(model);
            Assert.True(fails(reduced.Graph), name);
            Assert.True(reduced.Graph.Nodes.Length <= 10, $"{name}: {reduced.Graph.Nodes.Length} nodes");
            Model again = new ModelReducer(m => fails(m.Graph), OperatorTable.Default).Reduce(model);
            Assert.Equal(OnnxWriter.ToBytes(reduced), OnnxWriter.ToBytes(again));
            using TemporaryFolder folder = new();
            ModelFile.Write(reduced, folder.File("reduced.onnx"));
            Assert.True(fails(ModelFile.Read(folder.File("reduced.onnx"), OperatorTable.Default).Graph), name);
        }
    }

    [Fact]
    public void Nodes_of_bodies_go_too()
    {
        Model model = FlowModel.Of([3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46, 26, 43, 38]);
        bool Fails(Graph g) => g.Nodes.Any(n => n.Attributes.Bodies().Length > 0);
        if (!Fails(model.Graph)) return;
        Model reduced = new ModelReducer(m => Fails(m.Graph), OperatorTable.Default).Reduce(model);
        Assert.True(Fails(reduced.Graph));
        Assert.True(ModelReducer.CountOf(reduced.Graph) < ModelReducer.CountOf(model.Graph));
    }

    /// <summary>A node inside a body: the body takes the place of the graph.</summary>
    [Fact]
    public void A_body_takes_the_place_of_the_graph()
    {
        Graph graph = GraphParser.ParseGraph(
            """
            graph g(c: bool[], x: f32[2]) -> (y) {
              y = If(c) {else_branch = graph e() -> (q) { q = Neg(x) }, then_branch = graph t() -> (p) { r = Tan(x); p = Exp(r) }}
            }
            """.Replace("; ", "\n", StringComparison.Ordinal), OperatorTable.Default);
        static bool Fails(Graph g) => g.Nodes.Any(n => n.Op.Is("Tan") || n.Attributes.Bodies().Any(Fails));
        Model reduced = new ModelReducer(m => Fails(m.Graph), OperatorTable.Default)
            .Reduce(new Model(graph) { Opsets = OpsetVersions.Standard(25) });
        Assert.Equal("Tan", Assert.Single(reduced.Graph.Nodes).Op.ToString());
    }

    [Fact]
    public void Sizes_become_small_metadata_goes_and_the_opset_becomes_old()
    {
        Model model = ModelFile.Read(Checkout.PathOf("testmodels", "mixed.onnx"), OperatorTable.Default);
        model = model with { SourceOpset = 18, Metadata = new("/home/somebody/model.py", []) };
        Model reduced = new ModelReducer(m => m.Graph.Nodes.Any(n => n.Op.Is("Conv")), OperatorTable.Default).Reduce(model);
        Assert.All(reduced.Graph.Inputs, v => Assert.All(v.Shape!, d => Assert.InRange(d.IsKnown ? d.Size : 0, 0, 4)));
        Assert.All(reduced.Graph.Constants, v => Assert.InRange(v.Data!.ElementCount, 1, 64));
        Assert.Equal(("", 13), (reduced.Metadata.DocString, reduced.SourceOpset));
    }

    [Fact]
    public void Weights_become_constant_where_they_do_not_matter()
    {
        Model model = ModelFile.Read(Checkout.PathOf("testmodels", "mixed.onnx"), OperatorTable.Default);
        Model reduced = new ModelReducer(m => m.Graph.Nodes.Any(n => n.Op.Is("Conv") && n.Input(1)?.IsConstant == true),
            OperatorTable.Default).Reduce(model);
        Value weight = reduced.Graph.Nodes.Single(n => n.Op.Is("Conv")).Input(1)!;
        float[] numbers = weight.Data!.As<float>().ToArray();
        Assert.All(numbers, x => Assert.Equal(numbers[0], x));
    }

    private static IEnumerable<(Node From, Node To)> Pairs(Graph graph) => graph.Nodes.SelectMany(to => to.Inputs.OfType<Value>()
        .Select(v => graph.Uses.ProducerOf(v)).Where(p => p >= 0).Select(p => (graph.Nodes[p], to)));

    private static int Engines(Graph graph) => new ModelCompiler(OperatorTable.Default, new CompileOptions()).Plan(
        new Model(graph) { Opsets = GraphPartition.Ir.Graphs.OpsetVersions.Standard(25), FormatVersion = 10 }).Plan.Cut.Groups.Length;
}
