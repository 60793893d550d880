using GraphPartition.Compiler.Passes.Folding;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary><c>torch.squeeze</c> as exporters write it: an If whose branches have different ranks.</summary>
public sealed class InlineSqueezeIfTests
{
    private const string Needs2 = "y = Gemm(r, w)", TakesBoth = "y = Relu(r)";

    /// <summary>The rank decides another condition, and with the wrong one the matrix product has three dimensions.</summary>
    private const string NeedsLater = """
        n = Shape(r)
        k = Size(n)
          is2 = Equal(k, two)
          z = If(is2) {else_branch = graph e2() -> (e3) {
            e3 = Unsqueeze(r, zero)
          }, then_branch = graph t2() -> (t3) {
            t3 = Identity(r)
          }}
          y = Gemm(z, w)
        """;

    [Theory]
    [InlineData(Needs2)]
    [InlineData(NeedsLater)]
    public void The_nodes_behind_need_the_squeezed_value(string use)
    {
        Graph graph = PassRun.Of(Text(use), new InlineSqueezeIf()).Graph;
        Assert.Equal("f32[N,3]", graph.Nodes.Single(n => n.Op.Is("Squeeze")).Outputs[0]!.Type.ToString());
        Assert.DoesNotContain(graph.Nodes, n => n.Op.Is("If") && n.Name == "squeeze");
    }

    [Theory]
    [InlineData(TakesBoth, "2", "2", "x")]
    [InlineData(Needs2, "1", "2", "x")] // the size of another axis
    [InlineData(Needs2, "2", "0", "x")]
    [InlineData(Needs2, "2", "2", "v")] // another value
    [InlineData("dead = Gemm(r, w)\n  y = Relu(r)", "2", "2", "x")] // what nobody reads never runs
    public void Everything_else_stays(string use, string tested, string squeezed, string other) =>
        PassRun.DoesNotFire(new InlineSqueezeIf(), Text(use, tested, squeezed, other));

    /// <summary>A Reshape would take a size of 2, and mix it with another axis.</summary>
    [Fact]
    public void A_squeeze_that_may_fail_is_not_merged() => PassRun.DoesNotFire(new MergeReshapes(), """
        graph g(x: f32[N,3,M]) -> (y) {
          const last: i64[1] = {2}
          const first: i64[1] = {0}
          s = Squeeze(x, last)
          y = Unsqueeze(s, first)
        }
        """);

    private static string Text(string use, string tested = "2", string squeezed = "-1", string other = "x") => $$"""
        graph g(x: f32[N,3,M], v: f32[N,3,M]) -> (y) {
          const tested: i64[1] = {{{tested}}}
          const squeezed: i64[1] = {{{squeezed}}}
          const one: i64[1] = {1}
          const zero: i64[1] = {0}
          const two: i64[] = {2}
          const w: f32[3,2] = {1, 2, 3, 4, 5, 6}
          s = Shape(x)
          d = Gather(s, tested)
          c = Equal(d, one)
          r = If(c) {else_branch = graph e() -> (e1) {
            e1 = Identity({{other}})
          }, then_branch = graph t() -> (t1) {
            t1 = Squeeze(x, squeezed)
          } } "squeeze"
          {{use}}
        }
        """;
}
