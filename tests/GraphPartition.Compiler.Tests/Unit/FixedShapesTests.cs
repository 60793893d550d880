using System.Collections.Immutable;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>Sizes that the user fixes, before the passes.</summary>
public sealed class FixedShapesTests
{
    private const string TwoInputs = """
        graph g(x: f32[batch,4,width], y: f32[batch,4,?]) -> (z) {
          s = Concat(x, y) {axis = 2}
          z = Relu(s)
        }
        """;

    // What exporters write for squeeze(dim): the rank of the result depends on the size.
    private const string SqueezeIfOne = """
        graph g(x: f32[batch,4,width]) -> (y) {
          const at: i64[1] = {2}
          const one: i64[1] = {1}
          const axes: i64[1] = {2}
          r = Relu(x)
          s = Shape(r)
          w = Gather(s, at)
          c = Equal(w, one)
          q = If(c) {else_branch = graph e() -> (a) {
            a = Identity(r)
          }, then_branch = graph t() -> (b) {
            b = Squeeze(r, axes)
          }}
          y = Neg(q)
        }
        """;

    [Fact]
    public void A_size_is_fixed_wherever_its_name_occurs()
    {
        Graph graph = Fix(TwoInputs, ("x", [2, 4, 8])).Graph;
        Assert.Equal(["f32[2,4,8]", "f32[2,4,?]"], graph.Inputs.Select(v => v.Type.ToString()));
        Assert.Equal("f32[2,4,?]", graph.Outputs[0].Type.ToString());
        graph = Fix(TwoInputs, ("x", [2, 4, 8]), ("y", [2, 4, 3])).Graph;
        Assert.Equal("f32[2,4,11]", graph.Outputs[0].Type.ToString());
    }

    [Fact]
    public void Unknown_dimensions_stay_open()
    {
        Model model = Parse(TwoInputs);
        Dictionary<string, Shape> shapes = new() { ["x"] = new Shape(Dim.Unknown, 4, 8) };
        Assert.Equal("f32[batch,4,8]", FixedShapes.In(model, shapes, OperatorTable.Default).Graph.Inputs[0].Type.ToString());
        shapes["x"] = new Shape(Dim.Unknown, 4, Dim.Unknown);
        Assert.Same(model, FixedShapes.In(model, shapes, OperatorTable.Default));
    }

    [Theory]
    [InlineData("xx", "the nearest name is x", "1x4x8")]
    [InlineData("x", "2 dimensions are given", "1x4")]
    [InlineData("x", "dimension 1 is 4 and cannot be 5", "1x5x8")]
    public void A_shape_that_does_not_fit_is_refused(string name, string message, string shape)
    {
        long[] dims = [.. shape.Split('x').Select(long.Parse)];
        Diagnostic fault = Assert.Single(Assert.Throws<ModelException>(() => Fix(TwoInputs, (name, dims))).Diagnostics);
        Assert.Equal("GP3020", fault.Code.Id);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_name_cannot_have_two_sizes()
    {
        var e = Assert.Throws<ModelException>(() => Fix(TwoInputs, ("x", [2, 4, 8]), ("y", [3, 4, 8])));
        Assert.Contains("'batch' is 2 in input 'x'", Assert.Single(e.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_contradict_the_graph_are_refused_with_the_node()
    {
        var e = Assert.Throws<ModelException>(() => Fix(
            "graph g(x: f32[a,4], y: f32[b,4]) -> (z) {\n  z = Add(x, y)\n}", ("x", [2, 4]), ("y", [3, 4])));
        Assert.Contains("Add", Assert.Single(e.Diagnostics).Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "f32[1,4,2]")]
    [InlineData(1, "f32[1,4]")]
    public void An_If_on_a_fixed_size_has_one_answer_and_the_rank_appears(int width, string type)
    {
        var options = new CompileOptions { InputShapes = new Dictionary<string, Shape> { ["x"] = Shape.Of(1, 4, width) } };
        Compilation open = new ModelCompiler(OperatorTable.Default, new()).Plan(Parse(SqueezeIfOne));
        Compilation fixedSize = new ModelCompiler(OperatorTable.Default, options).Plan(Parse(SqueezeIfOne));
        Assert.Contains(open.Plan.Graph.Nodes, n => n.Op.Is("If"));
        Assert.DoesNotContain(fixedSize.Plan.Graph.Nodes, n => n.Op.Is("If"));
        Assert.Equal(type, fixedSize.Plan.Graph.Outputs[0].Type.ToString());
        Assert.Single(PlanOf(fixedSize));
    }

    [Fact]
    public void Simplify_applies_the_passes_and_nothing_else()
    {
        var options = new CompileOptions { InputShapes = new Dictionary<string, Shape> { ["x"] = Shape.Of(1, 4, 2) } };
        SimplifiedModel simplified = new ModelCompiler(OperatorTable.Default, options).Simplify(Parse(SqueezeIfOne));
        Assert.Equal(["Relu", "Neg"], simplified.Model.Graph.Nodes.Select(n => n.Op.ToString()));
        Assert.Contains(simplified.Passes, p => p is { Pass: "InlineConstantIf", IsChanged: true });
    }

    private static ImmutableArray<int> PlanOf(Compilation compilation) => [.. compilation.Plan.Cut.Groups.Select(g => g.Id)];

    private static Model Fix(string text, params (string Name, long[] Shape)[] shapes) =>
        FixedShapes.In(Parse(text), shapes.ToDictionary(s => s.Name, s => Shape.Of(s.Shape)), OperatorTable.Default);

    private static Model Parse(string text) =>
        new(GraphParser.ParseGraph(text, OperatorTable.Default)) { Opsets = OpsetVersions.Standard(25) };
}
