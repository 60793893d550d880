using GraphPartition.Compiler.Editing;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>Changes of models by hand.</summary>
public sealed class ModelEditorTests
{
    private static readonly Dictionary<string, string> None = [];

    private static Model Model => new(GraphParser.ParseGraph(
        """
        graph g(x: f32[1,4], c: bool[]) -> (y, z) {
          const w: f32[4,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0}
          a = MatMul(x, w)
          y = Relu(a)
          z = If(c) {else_branch = graph e() -> (q) { q = Neg(a) }, then_branch = graph t() -> (p) { p = Exp(a) }}
        }
        """, OperatorTable.Default))
    { Opsets = OpsetVersions.Standard(25) };

    [Fact]
    public void A_shape_of_an_input_goes_through_the_graph()
    {
        Graph graph = ModelEditor.WithShapes(Model, new Dictionary<string, Shape> { ["x"] = new("batch", 4) }, OperatorTable.Default).Graph;
        Assert.Equal("f32[batch,4]", graph.Inputs[0].Type.ToString());
        Assert.Equal("f32[batch,2]", graph.Outputs[0].Type.ToString());
        Assert.Equal("w", Assert.Single(graph.Constants).Name);
        Fails("takes", () => ModelEditor.WithShapes(Model, new Dictionary<string, Shape> { ["x"] = new(1, 5) }, OperatorTable.Default), orElse: "MatMul");
        Fails("3 dimensions are given", () => ModelEditor.WithShapes(Model, new Dictionary<string, Shape> { ["x"] = new(1, 5, 2) }, OperatorTable.Default));
        Fails("no such input", () => ModelEditor.WithShapes(Model, new Dictionary<string, Shape> { ["X"] = new(1, 5) }, OperatorTable.Default));
    }

    [Fact]
    public void Names_change_everywhere_in_bodies_too()
    {
        Graph graph = ModelEditor.Renamed(Model, new Dictionary<string, string> { ["x"] = "image", ["a"] = "hidden", ["p"] = "then", ["y"] = "scores" }, None).Graph;
        Assert.Equal(["image", "c"], graph.Inputs.Select(v => v.Name));
        Assert.Equal(["scores", "z"], graph.Outputs.Select(v => v.Name));
        Graph body = graph.Nodes[2].Attributes.Body("then_branch")!;
        Assert.Equal(("then", "hidden"), (body.Outputs[0].Name, body.Captures[0].Name));
        Assert.Same(graph.Nodes[0].Outputs[0], body.Captures[0]);
        Fails("no value of this name", () => ModelEditor.Renamed(Model, new Dictionary<string, string> { ["nothing"] = "b" }, None));
        Fails("already has a value 'y'", () => ModelEditor.Renamed(Model, new Dictionary<string, string> { ["x"] = "y" }, None));
        Fails("two values would be named 'b'", () => ModelEditor.Renamed(Model, new Dictionary<string, string> { ["x"] = "b", ["a"] = "b" }, None));
        Fails("no node of this name", () => ModelEditor.Renamed(Model, None, new Dictionary<string, string> { ["nothing"] = "b" }));
        Assert.Equal(["y", "x"], Swapped("x", "y"));
    }

    [Fact]
    public void Outputs_go_with_all_that_only_they_need()
    {
        Graph graph = ModelEditor.WithOutputs(Model, ["z"], []).Graph;
        Assert.Equal(["MatMul", "Relu"], graph.Nodes.Select(n => n.Op.ToString()));
        Assert.Equal(["x", "c"], graph.Inputs.Select(v => v.Name));
        Assert.Equal(["a"], ModelEditor.WithOutputs(Model, ["y", "z"], ["a"]).Graph.Outputs.Select(v => v.Name));
        Fails("no output would be left", () => ModelEditor.WithOutputs(Model, ["y", "z"], []));
        Fails("no such output", () => ModelEditor.WithOutputs(Model, ["a"], []));
        Fails("is an output already", () => ModelEditor.WithOutputs(Model, [], ["y"]));
    }

    /// <summary>Two names can change places.</summary>
    private static IEnumerable<string> Swapped(string a, string b)
    {
        Graph graph = ModelEditor.Renamed(Model, new Dictionary<string, string> { [a] = b, [b] = a }, None).Graph;
        return [graph.Inputs[0].Name, graph.Outputs[0].Name];
    }

    private static void Fails(string text, Func<Model> edit, string? orElse = null)
    {
        ModelException fault = Assert.Throws<ModelException>(edit);
        Assert.Equal("GP3028", fault.Diagnostics[0].Code.Id);
        Assert.True(fault.Message.Contains(text, StringComparison.Ordinal)
            || (orElse is not null && fault.Message.Contains(orElse, StringComparison.Ordinal)), fault.Message);
    }
}
