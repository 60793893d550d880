using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.Inference;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>The ranking of blockers against brute force: the whole plan once more, with the operator or the node allowed.</summary>
public sealed class BlockerRankingTests
{
    private static readonly string[] Targets = ["8.5", "10.0", "10.16"], Draws = ["random:1:0.5", "random:2:0.8"];

    public static TheoryData<string> Exported => [.. SharedModels.Exported];

    [SharedTheory]
    [MemberData(nameof(Exported))]
    public void Allowing_an_operator_saves_what_the_ranking_says(string name)
    {
        Graph graph = Optimized(name);
        foreach (string release in Targets)
            Check(Plan(graph, Target(release), "table"), Target(release), isTable: true);
        foreach (string draw in Draws)
            Check(Plan(graph, TensorRtTarget.Default, draw), TensorRtTarget.Default, isTable: false);
        Check(Plan(graph, TensorRtTarget.Default, Draws[0], GroupMode.Connected), TensorRtTarget.Default, isTable: false);
    }

    [SharedTheory]
    [MemberData(nameof(Exported))]
    public void Every_refusal_names_its_rule_and_the_promised_release_takes_all_nodes(string name)
    {
        Graph graph = Optimized(name);
        foreach (TensorRtTarget target in TensorRtTarget.Releases.Select(r => new TensorRtTarget(r)))
        {
            PartitionPlan plan = Plan(graph, target, "table");
            for (int n = 0; n < plan.Tags.Length; n++)
                Assert.True(plan.Tags[n].IsYes || IsKnownRule(plan.Graph.Nodes[n], plan.Tags[n], target),
                    $"{target}: {plan.Graph.Nodes[n].Label} {plan.Tags[n]}");
            foreach (Blocker b in BlockerRanking.Of(plan, OperatorTable.Default, target).Blockers)
            {
                Node[] nodes = [.. plan.Graph.Nodes.Where((_, n) => !plan.Tags[n].IsYes).Where(n => n.Op.ToString() == b.Op)];
                if (nodes.Length < b.Nodes) continue; // it blocks nodes around it too
                if (nodes.Any(n => OperatorTable.Default.SupportOf(n, target).IsYes)) continue; // its neighbors block it
                foreach (TensorRtRelease later in TensorRtTarget.Releases
                    .Where(r => r.IsRtx == target.Release.IsRtx && !target.Release.IsAtLeast(r)))
                {
                    bool takesAll = nodes.All(n => OperatorTable.Default.SupportOf(n, target with { Release = later }).IsYes);
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
            x = builder.Add(i % 7 == 3 ? new OpName("acme", $"Op{i % Operators}")
                : new OpName("Relu"), [x], [new($"v{i}", x.Type)]).Outputs[0]!;
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
        Plan(graph, SupportPolicy.Parse(support, OperatorTable.Default, target), groups);

    private static PartitionPlan Plan(Graph graph, SupportPolicy support, GroupMode groups) =>
        PartitionPlan.Of(graph, new PlanRequest(support, groups, PlanConstraints.None));

    private static void Check(PartitionPlan plan, TensorRtTarget target, bool isTable)
    {
        BlockerRanking ranking = BlockerRanking.Of(plan, OperatorTable.Default, target);
        int[] fallback = [.. Enumerable.Range(0, plan.Tags.Length).Where(n => !plan.Tags[n].IsYes)];
        Assert.True(ranking.IsExact);
        Assert.Equal(fallback.Length, ranking.Blockers.Sum(b => b.Nodes));
        Assert.Equal(ranking.Blockers.IsEmpty ? 0 : ranking.Blockers.Length + 1, ranking.Partitions);
        foreach (Blocker b in ranking.Blockers)
        {
            OpName op = b.Op.Split("::") is [var domain, var type] ? new(domain, type) : new(b.Op);
            SupportPolicy allowing = isTable ? new TableSupport(OperatorTable.Default.With([new Allowed(op)]), target)
                : new AllowedNodes(plan, n => plan.Graph.Nodes[n].Op == op);
            PartitionPlan allowed = Plan(plan.Graph, allowing, plan.Groups);
            Assert.Equal((b.Op, plan.TotalEngines - allowed.TotalEngines, plan.BoundaryTensors - allowed.BoundaryTensors),
                (b.Op, b.EnginesSaved, b.BoundaryTensorsSaved));
        }
        Assert.Equal(ranking.Blockers.OrderByDescending(b => (b.EnginesSaved, b.BoundaryTensorsSaved, b.Nodes)), ranking.Blockers);
        foreach (int node in fallback.Take(3))
        {
            PartitionPlan allowed = Plan(plan.Graph, new AllowedNodes(plan, n => n == node), plan.Groups);
            Assert.Equal((plan.TotalEngines - allowed.TotalEngines, plan.BoundaryTensors - allowed.BoundaryTensors),
                new SupportTrial(plan, 1).SavedBy(node));
        }
    }

    private static TensorRtTarget Target(string release) =>
        TensorRtTarget.TryParse(release, out TensorRtTarget? target) ? target : throw new ArgumentException(release);

    /// <summary>A rule is one of every operator, or a condition of the operator's line for the release.</summary>
    private static bool IsKnownRule(Node node, Verdict no, TensorRtTarget target)
    {
        string rule = no.Rule!;
        if (BodyCulprits.IsAboutBody(no)) return BodyCulprits.Of(node, OperatorTable.Default, target).Any();
        return no.Reason is { Length: > 0 } && (rule is "kept-opset" or "unknown-operator" or "unsupported-operator" or "tensor"
            or "dimensions"
            or "unknown-type" or "element-type" or "quantized-type" or "f64" or "i64"
            || TensorRtOperator.Find(node.Op.Type, target.Release)?.Conditions.Contains(rule) == true);
    }

    /// <summary>An operator that every release takes, in bodies too, as a user may declare it.</summary>
    private sealed record Allowed(OpName Name) : IOperatorExtension
    {
        public bool KeepsTypes => true;

        public void Infer(NodeTyping node) { }

        public Verdict SupportOf(Node node, TensorRtTarget target) => Verdict.Yes;
    }

    /// <summary>What a plan supports, and some nodes of its graph too.</summary>
    private sealed class AllowedNodes(PartitionPlan plan, Func<int, bool> allowed) : SupportPolicy
    {
        private readonly Dictionary<Node, Verdict> _tags = TagsOf(plan, allowed);

        public override string Name => "allowed";

        public override Verdict SupportOf(Node node, int index) => _tags[node];

        private static Dictionary<Node, Verdict> TagsOf(PartitionPlan plan, Func<int, bool> allowed)
        {
            var tags = new Dictionary<Node, Verdict>(ReferenceEqualityComparer.Instance);
            for (int n = 0; n < plan.Tags.Length; n++) tags[plan.Graph.Nodes[n]] = allowed(n) ? Verdict.Yes : plan.Tags[n];
            foreach (BodyPlan body in plan.Bodies)
                foreach (var (node, tag) in TagsOf(body.Plan, _ => false)) tags[node] = tag;
            foreach (Node inner in plan.Graph.Nodes.SelectMany(BodyCulprits.Inner)) // of bodies without a plan nothing is supported
                tags.TryAdd(inner, Verdict.No("no", "no"));
            return tags;
        }
    }
}
