using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Solving;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

/// <summary>What follows for the result u of an operator that nobody knows from the nodes that use it.</summary>
public sealed class TypeSolverTests
{
    private const string Inputs = "x: f32[4], c: bool[], w2: f32[8,3], w4: f32[8,3,3,3], w5: f32[8,3,3,3,3]", Blocker = "u = test::Blocker(x)";

    [Theory]
    [InlineData("y = Relu(u)", "?")] // of several element types
    [InlineData("y = Cast(u) {to = 1}", "?")]
    [InlineData("y = Not(u)", "bool[*]")] // of one only
    [InlineData("y = Add(u, x)", "f32[*]")]
    [InlineData("const i: i64[2] = {0, 1}\n  y = GatherElements(u, i)", "?")]
    [InlineData("a = Relu(u)\n  b = Sigmoid(a)\n  y = Mul(x, b)", "f32[*]")]
    [InlineData("y: f32[2,3] = Relu(u)", "f32[?,?]")]
    [InlineData("y: f32[2,3,4] = Add(u, x)", "f32[?,?,?]")] // x has one dimension
    [InlineData("y: f32[4] = Add(u, x)", "f32[*]")] // 0 or 1
    [InlineData("y = Conv(u, w4)", "f32[?,?,?,?]")]
    [InlineData("y = Conv(u, w5)", "f32[?,?,?,?,?]")]
    [InlineData("y = Gemm(u, w2)", "f32[?,?]")]
    [InlineData("y: f32[2,5,3] = MatMul(u, w2)", "f32[?,?,?]")]
    [InlineData("y = Transpose(u) {perm = [0, 2, 1]}", "?[?,?,?]")]
    [InlineData("y = Concat(u, x) {axis = 0}", "f32[?]")]
    [InlineData("y: f32[2,4] = LayerNormalization(u, x)", "f32[?,?]")]
    [InlineData("const a: i64[2] = {0, 1}\n  y: f32[1,1,5] = Unsqueeze(u, a)", "f32[?]")]
    [InlineData("y: f32[2,5] = ReduceMax(u) {keepdims = 0, axes = [1]}", "f32[?,?,?]")]
    [InlineData("y: i64[2,5] = ArgMax(u) {keepdims = 0, axis = 1}", "?[?,?,?]")]
    [InlineData("const i: i64[2,2] = {0, 1, 0, 1}\n  y: f32[2,2,5] = Gather(u, i)", "f32[?,?]")]
    [InlineData("const s: i64[2] = {2, 2}\n  y: f32[2,2] = Reshape(u, s)", "f32[*]")]
    [InlineData("y = Einsum(u, x) {equation = \"ij,j->i\"}", "f32[?,?]")]
    [InlineData("y = DepthToSpace(u) {blocksize = 2}", "?")] // the rule does not object to other ranks: nothing is guessed
    [InlineData("y = test::Blocker(u)", "?")]
    [InlineData("dead = Transpose(u) {perm = [1, 0]}\n  y = Cast(u) {to = 1}", "?")] // a runtime may leave it out
    public void The_type_of_a_result_follows_from_its_uses(string uses, string expected) =>
        Assert.Equal(expected, Solved($"graph g({Inputs}) -> (y) {{\n  {Blocker}\n  {uses}\n}}", "u"));

    [Theory]
    [InlineData("y", "f32[?,8,?,?]")] // inference goes on from what was solved
    [InlineData("a", "f32[?,?,?,?]")]
    public void Later_values_are_inferred_forward_again(string value, string expected) => Assert.Equal(expected, Solved(
        $"graph g({Inputs}) -> (y) {{\n  {Blocker}\n  a = Relu(u)\n  y = Conv(a, w4)\n}}", value));

    [Fact]
    public void A_branch_gives_element_types_to_captured_values_but_no_ranks()
    {
        const string Text = $$$"""
            graph g({{{Inputs}}}) -> (y) {
              {{{Blocker}}}
              y = If(c) {else_branch = graph e() -> (b) {
                b = Identity(u)
              }, then_branch = graph t() -> (a) {
                a = Gemm(u, w2)
              }}
            }
            """;
        Assert.Equal("f32[*]", Solved(Text, "u"));
        Assert.Equal("f32[*]", Solved(Text, "b"));
        Assert.Equal("f32[*]", Solved(Text, "y"));
    }

    [Theory]
    [InlineData("Relu(i)", "i64[1] = {2}", "f32[*]", "f32[*]")] // one branch does not decide for the other
    [InlineData("Transpose(i) {perm = [1, 0]}", "i64[2] = {2, 2}", "f32[?,?]", "f32[*]")] // the other branch may be the one that runs
    [InlineData("Transpose(i) {perm = [1, 0]}", "i64[1] = {4}", "f32[?,?]", "f32[?,?]")] // it cannot
    public void Uses_tell_the_rank_of_an_If_and_that_of_a_branch_if_no_other_can_run(string use, string shape, string whole, string branch)
    {
        string text = $$$"""
            graph g({{{Inputs}}}) -> (y) {
              i = If(c) {else_branch = graph e() -> (b) {
                const s: {{{shape}}}
                b = Reshape(x, s)
              }, then_branch = graph t() -> (a) {
                a = test::Blocker(x)
              }}
              y = {{{use}}}
            }
            """;
        Assert.Equal((whole, branch), (Solved(text, "i"), Solved(text, "a")));
    }

    [Theory]
    [InlineData("const i: i64[4] = {1, 2, 3, 4}\n  a = Add(u, x)\n  b = Add(u, i)", "f32", "i64", "a", "b")]
    [InlineData("a = Conv(u, w4)\n  b = Gemm(u, w2)", "4 dimensions", "matrices",
        "a", "b")]
    [InlineData("a = Not(u)\n  b = Add(u, x)", "bool", "f32", "a", "b")]
    public void A_contradiction_names_both_places(string uses, string one, string other, params string[] places)
    {
        Graph graph = GraphParser.ParseGraph($"graph g({Inputs}) -> (a, b) {{\n  {Blocker}\n  {uses}\n}}", OperatorTable.Default);
        Diagnostic found = Assert.Single(TypeSolver.Solve(graph, OperatorTable.Default).Diagnostics);
        Assert.Equal("GP2012", found.Code.Id);
        Assert.All([one, other, "'u'", .. places.Select(p => $"'{p}'")],
            part => Assert.Contains(part, found.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_graph_without_open_types_is_the_same_object()
    {
        Graph graph = GraphParser.ParseGraph("graph g(x: f32[4]) -> (y) {\n  y = Relu(x)\n}", OperatorTable.Default);
        Assert.Same(graph, TypeSolver.Solve(graph, OperatorTable.Default).Graph);
    }

    private static string Solved(string text, string value)
    {
        (Graph graph, var diagnostics) = TypeSolver.Solve(GraphParser.ParseGraph(text, OperatorTable.Default), OperatorTable.Default);
        Assert.Empty(diagnostics);
        Assert.Null(GraphVerifier.FindFault(graph));
        return Values(graph).Single(v => v.Name == value).Type.ToString();
    }

    private static IEnumerable<Value> Values(Graph graph) => graph.Nodes.SelectMany(n =>
        n.Outputs.OfType<Value>().Concat(n.Attributes.Bodies().SelectMany(Values)));
}
