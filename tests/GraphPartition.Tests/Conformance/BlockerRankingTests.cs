using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Plan;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>The ranking of blockers against brute force: the whole plan once more, with the operator or the node allowed.</summary>
public sealed class BlockerRankingTests
{
    private static readonly string[] Targets = ["8.5", "10.0", "10.16"], Draws = ["random:1:0.5", "random:2:0.8"];

    public static TheoryData<string> Exported => [.. SharedModels.Exported];

    [SharedModelsTheory]
    [MemberData(nameof(Exported))]
    public void Allowing_an_operator_saves_what_the_ranking_says(string name)
    {
        Graph graph = Optimized(name);
        foreach (string release in Targets)
            Check(Plan(graph, Target(release), "table"), Target(release));
        foreach (string draw in Draws)
            Check(Plan(graph, TensorRtTarget.Default, draw), TensorRtTarget.Default);
        Check(Plan(graph, TensorRtTarget.Default, Draws[0], GroupMode.Connected), TensorRtTarget.Default);
    }

    [SharedModelsTheory]
    [MemberData(nameof(Exported))]
    public void Every_no_names_its_rule_and_the_release_that_is_promised_takes_all_nodes(string name)
    {
        Graph graph = Optimized(name);
        foreach (TensorRtTarget target in TensorRtTarget.Releases)
        {
            PartitionPlan plan = Plan(graph, target, "table");
            for (int n = 0; n < plan.Tags.Length; n++)
                Assert.True(plan.Tags[n].IsYes || IsKnownRule(plan.Graph.Nodes[n], plan.Tags[n], target), $"{target}: {plan.Graph.Nodes[n].Label} {plan.Tags[n]}");
            foreach (Blocker b in BlockerRanking.Of(plan, OperatorTable.Default, target).Blockers)
            {
                Node[] nodes = [.. plan.Graph.Nodes.Where((_, n) => !plan.Tags[n].IsYes).Where(n => n.Op.ToString() == b.Op)];
                foreach (TensorRtTarget later in TensorRtTarget.Releases.Where(r => !target.IsAtLeast(r)))
                {
                    bool takesAll = nodes.All(n => OperatorTable.Default.SupportOf(n, later).IsYes);
                    Assert.False(takesAll && b.Release is null, $"{b.Op}: {later} takes all");
                    if (!takesAll) Assert.NotEqual(later.ToString(), b.Release);
                    if (takesAll) break;
                }
            }
        }
    }

    [Fact]
    public void A_model_too_large_for_exact_trials_has_the_right_engines_and_one_pass_for_each_operator()
    {
        const int Nodes = 60_000, Operators = 6;
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        for (int i = 0; i < Nodes; i++)
            x = builder.Add(i % 7 == 3 ? new OpName("acme", $"Op{i % Operators}") : new OpName("Relu"), [x], [new($"v{i}", x.Type)]).Outputs[0]!;
        PartitionPlan plan = Plan(builder.Build(x), TensorRtTarget.Default, "table");
        BlockerRanking ranking = BlockerRanking.Of(plan, OperatorTable.Default, TensorRtTarget.Default);
        Assert.False(ranking.IsExact);
        Assert.Equal(Operators, ranking.Blockers.Length);
        Assert.Equal(Operators + 1, ranking.Partitions);
        // On a chain every fallback node parts two engines, and has a tensor on either side.
        foreach (Blocker b in ranking.Blockers) Assert.Equal((b.Nodes, 2 * b.Nodes), (b.EnginesSaved, b.BoundaryTensorsSaved));
    }

    /// <summary>The model's graph behind the passes, which do not depend on the release.</summary>
    private static Graph Optimized(string name) =>
        new ModelCompiler(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() })
            .Plan(ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default)).Plan.Graph;

    private static PartitionPlan Plan(Graph graph, TensorRtTarget target, string support, GroupMode groups = GroupMode.Minimum) =>
        PartitionPlan.Of(graph, SupportPolicy.Parse(support, OperatorTable.Default, target).Tag(graph), groups);

    private static void Check(PartitionPlan plan, TensorRtTarget target)
    {
        BlockerRanking ranking = BlockerRanking.Of(plan, OperatorTable.Default, target);
        int[] fallback = [.. Enumerable.Range(0, plan.Tags.Length).Where(n => !plan.Tags[n].IsYes)];
        Assert.True(ranking.IsExact);
        Assert.Equal(fallback.Select(n => plan.Graph.Nodes[n].Op.ToString()).Distinct().Order(), ranking.Blockers.Select(b => b.Op).Order());
        Assert.Equal(ranking.Blockers.IsEmpty ? 0 : ranking.Blockers.Length + 1, ranking.Partitions);
        foreach (Blocker b in ranking.Blockers)
        {
            PartitionPlan allowed = Allowing(plan, n => plan.Graph.Nodes[n].Op.ToString() == b.Op);
            Assert.Equal((b.Op, Engines(plan) - Engines(allowed), plan.BoundaryTensors - allowed.BoundaryTensors), (b.Op, b.EnginesSaved, b.BoundaryTensorsSaved));
        }
        Assert.Equal(ranking.Blockers.OrderByDescending(b => (b.EnginesSaved, b.BoundaryTensorsSaved, b.Nodes)), ranking.Blockers);
        foreach (int node in fallback.Take(3))
        {
            PartitionPlan allowed = Allowing(plan, n => n == node);
            Assert.Equal((Engines(plan) - Engines(allowed), plan.BoundaryTensors - allowed.BoundaryTensors), new SupportTrial(plan, 1).SavedBy(node));
        }
    }

    private static PartitionPlan Allowing(PartitionPlan plan, Func<int, bool> allowed) =>
        PartitionPlan.Of(plan.Graph, [.. plan.Tags.Select((t, n) => allowed(n) ? Compiler.Operators.Support.Yes : t)], plan.Groups);

    private static int Engines(PartitionPlan plan) => plan.Segments.Count(s => s.IsEngine);

    private static TensorRtTarget Target(string release) => TensorRtTarget.TryParse(release, out TensorRtTarget? target) ? target : throw new ArgumentException(release);

    /// <summary>A rule is one of every operator, or a condition of the operator's line for the release.</summary>
    private static bool IsKnownRule(Node node, Compiler.Operators.Support no, TensorRtTarget target)
    {
        string rule = no.Rule!;
        if (rule.StartsWith("body:", StringComparison.Ordinal)) return node.Attributes.Bodies().Any();
        return no.Reason is { Length: > 0 } && (rule is "kept-opset" or "unknown-operator" or "unsupported-operator" or "tensor" or "dimensions"
            or "unknown-type" or "element-type" or "quantized-type" or "f64" or "i64"
            || TensorRtOperator.Find(node.Op.Type, target)?.Conditions.Contains(rule) == true);
    }
}
