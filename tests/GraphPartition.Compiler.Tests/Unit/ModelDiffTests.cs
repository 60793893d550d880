using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Comparing;
using GraphPartition.Compiler.Editing;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>Two models, node by node, whatever the nodes are called.</summary>
public sealed class ModelDiffTests
{
    private const string Chain =
        """
        graph g(x: f32[2,4]) -> (y) {
          const w: f32[4,4] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}
          a = MatMul(x, w)
          b = Relu(a)
          c = Neg(b)
          y = Softmax(c) {axis = 1}
        }
        """;

    [Fact]
    public void Other_names_are_no_change() => Prop.ForAll(FlowModel.Codes, codes =>
    {
        Model model = FlowModel.Of(codes), renamed = Renamed(model);
        ModelDiff diff = ModelDiff.Of(model, renamed);
        Assert.True(diff.IsEmpty, $"{string.Join("; ", diff.Nodes)} {string.Join("; ", diff.Boundary)}");
        Assert.Equal(diff.NodeCount.Before, diff.Matched);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void A_new_node_in_the_middle_is_the_only_change()
    {
        ModelDiff diff = Diff(Chain.Replace("c = Neg(b)", "m = Exp(b)\n  c = Neg(m)", StringComparison.Ordinal));
        ChangedNode added = Assert.Single(diff.Nodes);
        Assert.Equal((null, "m", "Exp"), (added.Before, added.After, added.Op));
        ChangedNode gone = Assert.Single(Diff(Chain.Replace("  b = Relu(a)\n  c = Neg(b)", "  c = Neg(a)", StringComparison.Ordinal)).Nodes);
        Assert.Equal(("b", null), (gone.Before, gone.After));
    }

    [Fact]
    public void Another_operator_attribute_and_input_are_told()
    {
        Assert.Equal(["Relu became Sigmoid"], Assert.Single(Diff(Chain.Replace("Relu", "Sigmoid", StringComparison.Ordinal)).Nodes).Changes.AsEnumerable());
        Assert.Equal(["axis was 1 and is 0"], Assert.Single(Diff(Chain.Replace("axis = 1", "axis = 0", StringComparison.Ordinal)).Nodes).Changes.AsEnumerable());
        Assert.Equal(2, Diff("graph g(x: f32[2,4]) -> (y) {\n  a = Exp(x)\n  b = Neg(x)\n  y = Sub(a, b)\n}",
            "graph g(x: f32[2,4]) -> (y) {\n  a = Exp(x)\n  b = Neg(x)\n  y = Sub(b, a)\n}")
            .Nodes.Single().Changes.Count(c => c.Contains("which another node computes", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_default_that_is_written_out_is_no_change() =>
        Assert.True(Diff("graph g(x: f32[2,4]) -> (y) {\n  y = Softmax(x)\n}", "graph g(x: f32[2,4]) -> (z) {\n  z = Softmax(x) {axis = -1}\n}").Nodes.IsEmpty);

    [Fact]
    public void Weights_are_compared_by_distance_where_their_hashes_differ()
    {
        ModelDiff diff = Diff(Chain.Replace("{1.0, 2.0,", "{1.5, 2.0,", StringComparison.Ordinal));
        ChangedWeight weight = Assert.Single(diff.Weights);
        Assert.Empty(diff.Nodes);
        Assert.Equal((0.5, 0.5, 1), (weight.MaxAbsolute, weight.MaxRelative, diff.ComparedWeights));
        Assert.NotEqual(weight.Before, weight.After);
        double signal = new[] { 1.0, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7 }.Sum(v => v * v);
        Assert.Equal(10 * Math.Log10(signal / 0.25), weight.Decibels!.Value, 9);
        Assert.Empty(Diff(Chain).Weights);
    }

    [Fact]
    public void Equal_branches_with_their_weights_swapped_in_the_file_are_matched_by_weight()
    {
        static string Text(string first, string second) =>
            $"graph g(x: f32[1,3]) -> (y) {{\n  const u: f32[3,3] = {{{first}}}\n  const v: f32[3,3] = {{{second}}}\n"
            + "  a = MatMul(x, u)\n  b = MatMul(x, v)\n  y = Add(a, b)\n}";
        const string one = "1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0", two = "9.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0";
        ModelDiff diff = Diff(Text(one, two), Text(two, one));
        Assert.Empty(diff.Weights);
        Assert.Equal(2, diff.Renamed);
    }

    [Fact]
    public void Inputs_outputs_and_bodies_are_compared()
    {
        ModelDiff diff = Diff(Chain, Chain.Replace("x: f32[2,4]", "x: f32[3,4]", StringComparison.Ordinal));
        Assert.Equal(["x: f32[2,4]", "y: f32[2,4]"], diff.Boundary.Select(c => c.Before));
        const string body =
            """
            graph g(c: bool[], x: f32[2]) -> (y) {
              y = If(c) {else_branch = graph e() -> (q) { q = Neg(x) }, then_branch = graph t() -> (p) { p = Exp(x) }}
            }
            """;
        ChangedNode node = Assert.Single(Diff(body, body.Replace("Exp", "Abs", StringComparison.Ordinal)).Nodes);
        Assert.Equal("y[1]/p", node.Before);
        Assert.Equal(["Exp became Abs"], node.Changes.AsEnumerable());
    }

    private static ModelDiff Diff(string after) => Diff(Chain, after);

    private static ModelDiff Diff(string before, string after) => ModelDiff.Of(Parse(before), Parse(after));

    private static Model Parse(string text) =>
        new(GraphParser.ParseGraph(text, OperatorTable.Default)) { Opsets = OpsetVersions.Standard(25) };

    /// <summary>Every node and inner value gets another name; inputs and outputs keep theirs.</summary>
    private static Model Renamed(Model model)
    {
        Dictionary<string, string> values = [], nodes = [];
        Collect(model.Graph);
        foreach (Value v in model.Graph.Inputs.Concat(model.Graph.Outputs)) values.Remove(v.Name);
        return ModelEditor.Renamed(model, values, nodes);

        void Collect(Graph graph)
        {
            foreach (Node node in graph.Nodes)
            {
                if (node.Name.Length > 0) nodes[node.Name] = "other_" + node.Name;
                foreach (Value? v in node.Outputs)
                    if (v is { Name.Length: > 0 }) values[v.Name] = "other_" + v.Name;
                foreach (Graph body in node.Attributes.Bodies()) Collect(body);
            }
        }
    }
}
