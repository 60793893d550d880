using System.Collections.Immutable;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>Constraints in the words of a model: what they select, what they do to the plan, and what contradicts what.</summary>
public class ConstraintTests
{
    private const string Text = """
        graph chain(x: f32[2,2]) -> (e) {
          a = Relu(x) "first/relu"
          b = Abs(a) "first/abs"
          c = Det(b) "middle/det"
          d = Exp(c) "second/exp"
          e = Neg(d) "second/neg"
        }
        """;

    [Theory]
    [InlineData("first/relu", "first/relu")]
    [InlineData("b", "first/abs")]
    [InlineData("first/*", "first/relu first/abs")]
    [InlineData("*/?e?", "middle/det second/neg")]
    [InlineData("op:Det", "middle/det")]
    [InlineData("op:?e*", "first/relu middle/det second/neg")]
    [InlineData("domain:com.microsoft", "")]
    [InlineData("domain:ai.*", "first/relu first/abs middle/det second/exp second/neg")]
    public void A_selector_matches(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Chain().Nodes.Where(NodeSelector.Parse(text, "test").Matches).Select(n => n.Name)));

    [Fact]
    public void A_fallback_by_constraint_has_a_reason()
    {
        PartitionPlan plan = Plan(new() { Exclude = [Selector("--exclude", "op:Exp")], MinNodes = 2 });
        Assert.Equal(["first/relu first/abs"], Engines(plan));
        PlanReport report = PlanReport.Of(plan);
        Assert.Contains(report.Fallback, f => f is { Op: "Exp", Reason: "excluded by --exclude op:Exp" });
        Assert.Contains(report.Fallback, f => f.Op == "Neg" && f.Reason.StartsWith("minimum size", StringComparison.Ordinal));
        Assert.Equal(2, report.MinimumEngines);
        Assert.Equal(-1, report.Gaps.Sum(g => g.Engines));
    }

    [Fact]
    public void A_replanned_model_keeps_what_was_moved()
    {
        var options = new CompileOptions { SupportPolicy = Except("Det"), Passes = Pipeline.None };
        var compiler = new ModelCompiler(OperatorTable.Default, options);
        Compilation first = compiler.Plan(new Model(Chain()));
        Compilation second = first.Replan([new(first.Plan.Graph.Nodes[1], Verdict.No("no tactic", "engine build"))]);
        Compilation third = second.Replan([new(first.Plan.Graph.Nodes[3], Verdict.No("no tactic", "engine build"))]);
        Assert.Equal(["first/relu", "second/neg"], Engines(third.Plan));
        Assert.Equal("no tactic", third.Plan.Placements[1].Reason);
    }

    [Fact]
    public void An_assignment_is_kept()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("assign.txt");
        File.WriteAllText(file, "engine a first/relu # alone\nengine b first/abs\nfallback second/*\n");
        PartitionPlan plan = Plan(new() { Assignments = AssignmentFile.Read(file) });
        Assert.Equal(["first/relu", "first/abs"], Engines(plan));
    }

    [Fact]
    public void Precisions_and_shapes_can_be_kept_apart()
    {
        Graph graph = Parse("""
            graph g(x: f32[n]) -> (b) {
              a = Relu(x)
              h = Cast(a) {to = 10}
              b = Abs(h)
            }
            """);
        Assert.Single(Engines(PartitionPlan.Of(graph, Request(new()))));
        Assert.Equal(2, Engines(PartitionPlan.Of(graph, Request(new() { SeparatePrecisions = true }))).Length);
        Assert.Single(Engines(PartitionPlan.Of(graph, Request(new() { SeparateShapes = true }))));
    }

    [Fact]
    public void Quantization_stays_around_its_node()
    {
        Graph graph = Parse("""
            graph g(x: u8[4], s: f32[], z: u8[]) -> (c) {
              a = DequantizeLinear(x, s, z) "dq"
              b = Det(a) "op"
              c = QuantizeLinear(b, s, z) "q"
            }
            """);
        Assert.Empty(Engines(PartitionPlan.Of(graph, Request(new() { KeepQuantization = true }))));
        Assert.Equal(2, Engines(PartitionPlan.Of(graph, Request(new()))).Length);
    }

    /// <summary>int8 is a quarter of the bytes, so without the rule the plan would quantize in front of the boundary.</summary>
    [Fact]
    public void A_quantized_unit_stays_in_one_engine_without_a_constraint()
    {
        Graph graph = Parse("""
            graph g(x: f32[1,16,64,64], t: f32[1]) -> (y, n) {
              const s: f32[] = {0.1}
              const z: i8[] = {0}
              a = Relu(x) "a"
              n = Det(a) "n"
              m = Add(n, t) "m"
              q = QuantizeLinear(a, s, z) "q"
              d = DequantizeLinear(q, s, z) "d"
              y = Add(d, m) "y"
            }
            """);
        PartitionPlan plan = PartitionPlan.Of(graph, Request(new()));
        int[] segments = [.. plan.Partitioning.SegmentOf];
        int At(string name) => segments[graph.Nodes.IndexOf(graph.Nodes.First(v => v.Name == name))];
        Assert.Equal((At("y"), At("y")), (At("d"), At("q")));
        Assert.NotEqual(At("a"), At("y"));
    }

    [Fact]
    public void Only_profitable_engines_stay()
    {
        DeviceProfile slow = DeviceProfile.Default with { CallMicroseconds = 1e6 };
        Assert.Empty(Engines(Plan(new() { MinProfit = 0, Device = slow })));
        DeviceProfile fast = DeviceProfile.Default with { CallMicroseconds = 0, TensorMicroseconds = 0 };
        Assert.Equal(2, Engines(Plan(new() { MinProfit = 0, Device = fast })).Length);
    }

    [Theory]
    [InlineData("first/relu", "first/*", "included by --include first/relu and excluded by --exclude first/*")]
    [InlineData("middle/det", "none*", "included by --include middle/det, but engines cannot take it: not this one")]
    public void Both_sides_of_a_contradiction_are_named(string include, string exclude, string expected)
    {
        ModelException e = Assert.Throws<ModelException>(() => Plan(new()
        {
            Include = [Selector("--include", include)],
            Exclude = [Selector("--exclude", exclude)],
        }));
        Assert.Contains(e.Diagnostics, d => d.Code == CompilerCodes.ContradictoryConstraints && d.Message == expected);
    }

    [Fact]
    public void A_unit_that_is_not_convex_shows_the_path()
    {
        ModelException e = Assert.Throws<ModelException>(
            () => Plan(new() { Units = [new("u", [Selector("--unit", "first/abs"), Selector("--unit", "second/exp")])] }));
        Assert.Contains("atomic unit u -(first/abs -> middle/det)-> middle/det -(middle/det -> second/exp)-> atomic unit u", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_that_separates_two_nodes_is_given()
    {
        PartitionPlan plan = Plan(new());
        Assert.Equal(["first/abs", "middle/det", "second/exp"], Separation.Of(plan, 1, 3).Path.AsEnumerable());
        Assert.Equal("both are in one engine", Separation.Of(plan, 0, 1).Reason);
        Assert.Equal("Det 'middle/det' falls back: not this one", Separation.Of(plan, 0, 2).Reason);
        PartitionPlan cut = PartitionPlan.Of(Chain(),
            new(new UniformSupport("all", Verdict.Yes), GroupMode.Minimum, new() { Exclude = [Selector("--exclude", "first/abs")] }));
        Assert.Equal(["first/relu", "first/abs", "middle/det"], Separation.Of(cut, 0, 2).Path.AsEnumerable());
        PartitionPlan capped = PartitionPlan.Of(Chain(),
            new(new UniformSupport("all", Verdict.Yes), GroupMode.Minimum, new() { MaxNodes = 3 }));
        Assert.Empty(Separation.Of(capped, 0, 4).Path);
        Assert.Equal(new BlockedPair(0, 1, []), Assert.Single(PlanReport.Of(capped).Blocked!) with { Path = [] });
    }

    [Fact]
    public void Connected_groups_say_what_blocks_them()
    {
        // Both ends of a diamond are supported, one side is not: the side that is can go with one end only.
        Graph graph = Parse("""
            graph g(x: f32[2,2]) -> (d) {
              a = Relu(x) "a"
              b = Abs(a) "b"
              c = Det(a) "c"
              d = Add(b, c) "d"
            }
            """);
        PartitionPlan plan = PartitionPlan.Of(graph, new(new ExceptSupport("Det"), GroupMode.Connected, new()));
        ImmutableArray<BlockedPair> blocked = Separation.BlockedPairs(plan, 10);
        Assert.Equal(["a", "c", "d"], Assert.Single(blocked).Path.AsEnumerable());
    }

    [Fact]
    public void An_unknown_name_in_an_assignment_file_is_named_with_its_line()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("assign.txt");
        File.WriteAllText(file, "engine a first/relu\nengine a nobody\n");
        var options = new CompileOptions { SupportPolicy = Except("Det"), Constraints = new() { Assignments = AssignmentFile.Read(file) } };
        ModelException e = Assert.Throws<ModelException>(() => new ModelCompiler(OperatorTable.Default, options).Plan(new Model(Chain())));
        Assert.Equal((CompilerCodes.UnknownNode, $"{file}:2"), (Assert.Single(e.Diagnostics).Code, e.Diagnostics[0].Where));
    }

    [Fact]
    public void A_name_that_a_pass_removed_is_not_unknown()
    {
        PlanConstraints constraints = new() { Exclude = [Selector("--exclude", "nobody")] };
        var options = new CompileOptions { SupportPolicy = Except("Det"), Constraints = constraints };
        ModelException e = Assert.Throws<ModelException>(() => new ModelCompiler(OperatorTable.Default, options).Plan(new Model(Chain())));
        Assert.Equal(CompilerCodes.UnknownNode, Assert.Single(e.Diagnostics).Code);
        Graph graph = Parse("graph g(x: f32[2]) -> (b) {\n a = Identity(x) \"gone\"\n b = Relu(a) \"stays\"\n}");
        options = options with { Constraints = new() { Exclude = [Selector("--exclude", "gone")] } };
        Compilation compilation = new ModelCompiler(OperatorTable.Default, options).Plan(new Model(graph));
        Assert.Equal("stays", Assert.Single(compilation.Plan.Graph.Nodes).Name);
    }

    [Theory]
    [InlineData("engine a", "'engine a'")]
    [InlineData("gpu x", "'gpu x'")]
    public void A_line_that_is_not_an_assignment_is_reported(string line, string expected)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("assign.txt");
        File.WriteAllText(file, "\n" + line);
        ModelException e = Assert.Throws<ModelException>(() => AssignmentFile.Read(file));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Equal($"{file}:2", Assert.Single(e.Diagnostics).Where);
    }

    private static NodeSelector Selector(string option, string text) => NodeSelector.Parse(text, $"{option} {text}");

    private static PartitionPlan Plan(PlanConstraints constraints) => PartitionPlan.Of(Chain(), Request(constraints));

    private static PlanRequest Request(PlanConstraints constraints) => new(Except("Det"), GroupMode.Minimum, constraints);

    private static ExceptSupport Except(string op) => new(op);

    private static string[] Engines(PartitionPlan plan) =>
        [.. plan.Segments.Where(s => s.IsEngine).Select(s => string.Join(' ', s.Nodes.Select(n => plan.Graph.Nodes[n].DisplayName)))];

    private static Graph Chain() => Parse(Text);

    private static Graph Parse(string text) => GraphParser.ParseGraph(text, OperatorTable.Default);
}
