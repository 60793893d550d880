using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Tests.Property;

/// <summary>
/// <c>gpc why</c> where an operator that nobody knows is in the bodies of If, Loop and Scan: it is to blame, and not the node around it or
/// behind it.
/// </summary>
public sealed class BlockersInBodiesProperties
{
    private static readonly OperatorTable Declared = OperatorTable.Default.With(OperatorsFile.Parse(
        """
        [{"operator": "test.blocker::Blocker", "outputs": ["same as input 0"], "tensorrt": "8.5"}]
        """u8, "test"));

    private static readonly CompileOptions Options = new() { Passes = Pipeline.None };

    [Theory]
    [InlineData("y = If(c) {else_branch = graph e() -> (q) { q = Neg(x) }, then_branch = graph t() -> (p) { p = test.blocker::Blocker(x) }}")]
    [InlineData("y = If(c) {else_branch = graph e() -> (q) { q = Neg(x) }, then_branch = graph t() -> (p) { "
        + "r = test.blocker::Blocker(x); s = Cast(r) {to = 1}; p = Relu(s) }}")]
    [InlineData("u = test.blocker::Blocker(x); y = If(c) {else_branch = graph e() -> (q) { q = Neg(u) }, then_branch = graph t() -> (p) { p = Exp(u) }}")]
    [InlineData("y = Loop(n, c, x) {body = graph b(i: i64[], go: bool[], v: f32[*]) -> (stay, w) { "
        + "stay = Identity(go); r = Relu(v); u = test.blocker::Blocker(r); w = Add(u, x) }}")]
    [InlineData("h, y = Scan(x, xs) {body = graph b(h: f32[4], e: f32[4]) -> (g, o) { "
        + "a = Add(h, e); u = test.blocker::Blocker(a); g = Tanh(u); o = Relu(g) }, num_scan_inputs = 1}")]
    [InlineData("v = Loop(n, c, x) {body = graph b(i: i64[], go: bool[], v: f32[*]) -> (stay, w) { "
        + "stay = Identity(go); u = test.blocker::Blocker(v); w = Add(u, x) }}; p = test.blocker::Blocker(v); y = Mul(p, p)")]
    [InlineData("y = Loop(n, c, x) {body = graph b(i: i64[], go: bool[], v: f32[*]) -> (stay, w) { stay = Identity(go); "
        + "w = If(go) {else_branch = graph e() -> (q) { q = Neg(v) }, then_branch = graph t() -> (p) { p = test.blocker::Blocker(v) }} }}")]
    public void The_unknown_operator_is_to_blame(string nodes)
    {
        Graph graph = GraphParser.ParseGraph($$"""
            graph g(x: f32[4], xs: f32[3,4], c: bool[]) -> (y) {
              const n: i64[] = {3}
              {{nodes}}
            }
            """.Replace("; ", "\n", StringComparison.Ordinal), OperatorTable.Default);
        Blocker only = Assert.Single(Check(graph));
        Assert.Equal("test.blocker::Blocker", only.Op);
    }

    /// <summary>A search that visits each body twice would not come to an end here.</summary>
    [Fact]
    public void Deep_bodies_are_searched_in_linear_time()
    {
        string node = "test.blocker::Blocker(x)";
        for (int i = 0; i < 60; i++)
            node = $"If(c) {{else_branch = graph e{i}() -> (q{i}) {{ q{i} = Neg(x) }}, then_branch = graph t{i}() -> (p{i}) {{ p{i} = {node} }}}}";
        Graph graph = GraphParser.ParseGraph($"graph g(x: f32[4], c: bool[]) -> (y) {{\n y = {node}\n}}", OperatorTable.Default);
        Assert.Equal("test.blocker::Blocker", new OpenTypes(graph).OriginOf(graph.Nodes[0])?.Op.ToString());
    }

    /// <summary>Kinds of nodes, each with the place of its input.</summary>
    private static Arbitrary<int[]> Picks => Arb.From(Gen.ArrayOf(Gen.Choose(0, 6 * 40 - 1)), p => p.Length < 2 ? [] : [p[1..], p[..^1]]);

    [Fact]
    public void The_ranking_equals_the_result_of_planning_with_the_operator_supported() =>
        Prop.ForAll(Picks, picks => Check(GraphParser.ParseGraph(Text(picks), OperatorTable.Default)).Length <= 1)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static Blocker[] Check(Graph graph)
    {
        Model model = new(graph) { Opsets = OpsetVersions.Standard(25).Add("test.blocker", 1), FormatVersion = 12 };
        Compilation now = new ModelCompiler(OperatorTable.Default, Options).Plan(model);
        string text = GraphPrinter.Print(graph);
        Compilation then = new ModelCompiler(Declared, Options).Plan(
            model with { Graph = GraphParser.ParseGraph(text, Declared) });
        Assert.True(then.Plan.Tags.All(t => t.IsYes), string.Join("\n", then.Plan.Tags.Where(t => !t.IsYes)));
        Blocker[] ranking = [.. BlockerRanking.Of(now.Plan, OperatorTable.Default, TensorRtTarget.Default).Blockers];
        if (ranking is [var first, ..])
            Assert.True(first.Op == "test.blocker::Blocker"
                && first.EnginesSaved == now.Plan.TotalEngines - then.Plan.TotalEngines, $"{string.Join("\n", ranking.AsEnumerable())}\n{text}");
        return ranking;
    }

    private static string Text(int[] picks)
    {
        var text = new StringBuilder("graph g(v0: f32[4], c: bool[]) -> (y) {\n  const w: f32[4] = {1, 2, 3, 4}\n  const n: i64[] = {3}\n");
        for (int i = 0; i < picks.Length; i++)
        {
            string a = $"v{i - Math.Min(i, picks[i] / 6 % 5)}", v = $"v{i + 1}";
            string line = (picks[i] % 6) switch
            {
                0 => $"{v} = Add({a}, w)",
                1 => $"{v} = Mul({a}, v{i})",
                2 => $"{v} = test.blocker::Blocker({a})",
                3 => $$"""
                    {{v}} = If(c) {else_branch = graph e() -> (q{{i}}) {
                      q{{i}} = Add({{a}}, w)
                    }, then_branch = graph t() -> (p{{i}}) {
                      r{{i}} = Sum({{a}}, w)
                      p{{i}} = test.blocker::Blocker(r{{i}})
                    } }
                    """,
                4 => $$"""
                    {{v}} = Loop(n, c, w) {body = graph b(i{{i}}: i64[], g{{i}}: bool[], c{{i}}: f32[*]) -> (s{{i}}, o{{i}}) {
                      s{{i}} = Identity(g{{i}})
                      u{{i}} = test.blocker::Blocker(c{{i}})
                      o{{i}} = Add(u{{i}}, {{a}})
                    } }
                    """,
                _ => $"{v} = Sum({a}, v{i}, w)",
            };
            text.AppendLine(line);
        }
        return text.AppendLine(CultureInfo.InvariantCulture, $"  y: f32[4] = Add(v{picks.Length}, w)").Append('}').ToString();
    }
}
