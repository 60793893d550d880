using System.Text.Json.Serialization;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Explaining;

/// <summary>
/// The operators that engines cannot take, ordered by what support for one of them would save: engines, then boundary tensors, then
/// nodes. One partition for each operator.
/// </summary>
/// <param name="Blockers">The operators that fell back.</param>
/// <param name="IsExact">As <see cref="SupportTrial.IsExact"/>.</param>
/// <param name="Partitions">As <see cref="SupportTrial.Partitions"/>.</param>
public sealed record BlockerRanking(ImmutableArray<Blocker> Blockers, bool IsExact, int Partitions)
{
    /// <summary>
    /// Sets of two or three operators that save engines only together; empty unless <see cref="WithSets"/> looked for them.
    /// </summary>
    public ImmutableArray<BlockerSet> Sets { get; init; } = [];

    /// <summary>The ranking with the smallest sets of operators that save more engines than their parts.</summary>
    /// <param name="plan">The plan that the ranking is of.</param>
    public BlockerRanking WithSets(PartitionPlan plan)
    {
        ImmutableArray<BlockerSet> sets = BlockerSets.Of(plan, Blockers);
        return this with { Sets = sets, Blockers = [.. Blockers.Select(b => b.In(sets))] };
    }

    /// <summary>The ranking for a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="operators">Knows in which release an operator's nodes are taken.</param>
    /// <param name="target">The release that the plan is for.</param>
    public static BlockerRanking Of(PartitionPlan plan, OperatorTable operators, TensorRtTarget target)
    {
        Lazy<OpenTypes> open = new(() => new(plan.Graph));
        (OpName Op, int[] Nodes)[] fallback = [.. Enumerable.Range(0, plan.Tags.Length).Where(n => !plan.Tags[n].IsYes)
            .GroupBy(n => BodyCulprits.BlockingOperator(plan.Graph.Nodes[n], plan.Tags[n], operators, target, open))
            .Select(g => (g.Key, g.ToArray()))];
        if (fallback.Length == 0) return new([], true, 0);
        var trial = new SupportTrial(plan, fallback.Length);
        var blockers = new Blocker[fallback.Length];
        Parallel.For(0, blockers.Length, i =>
        {
            (OpName op, int[] nodes) = fallback[i];
            (int engines, int tensors) = trial.SavedBy(nodes);
            Verdict no = nodes.GroupBy(n => plan.Tags[n])
                .MaxBy(g => (plan.Graph.Nodes[g.First()].Op == op, g.Count()))!.Key; // rather a reason of its own nodes
            blockers[i] = new(op.ToString(), nodes.Length, engines, tensors, no.Reason!, no.Rule!,
                ReleaseForAll(plan, nodes, operators, target)?.ToString())
            { Members = [.. nodes] };
        });
        return new([.. blockers.OrderByDescending(b => b.EnginesSaved).ThenByDescending(b => b.BoundaryTensorsSaved)
            .ThenByDescending(b => b.Nodes).ThenBy(b => b.Op, StringComparer.Ordinal)], trial.IsExact, trial.Partitions);
    }

    /// <summary>The first newer release that supports a node.</summary>
    /// <returns>Null where no release does, or where another policy than the table refuses it.</returns>
    public static TensorRtRelease? ReleaseFor(PartitionPlan plan, int node, OperatorTable operators, TensorRtTarget target) =>
        ReleaseForAll(plan, [node], operators, target);

    private static TensorRtRelease? ReleaseForAll(PartitionPlan plan, int[] nodes, OperatorTable operators, TensorRtTarget target)
    {
        if (!IsTheTables(plan, nodes, operators, target)) return null;
        // Another release does not change a node's neighbors.
        if (Array.Exists(nodes, n => operators.SupportOf(plan.Graph.Nodes[n], target).IsYes)) return null;
        return operators.FirstReleaseThatSupports([.. nodes.Select(n => plan.Graph.Nodes[n])], target);
    }

    /// <summary>
    /// Whether the operator table refuses the nodes, and not another policy. Known value ranges and the nodes around can change its answer.
    /// </summary>
    private static bool IsTheTables(PartitionPlan plan, int[] nodes, OperatorTable operators, TensorRtTarget target)
    {
        if (Array.TrueForAll(nodes, n => operators.SupportOf(plan.Graph.Nodes[n], target) == plan.Tags[n])) return true;
        Verdict[] tags = operators.SupportOf(plan.Graph, target);
        return Array.TrueForAll(nodes, n => tags[n] == plan.Tags[n]);
    }
}

/// <summary>An operator that engines cannot take, and what would be saved if all its nodes were supported.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Nodes">
/// How many nodes fell back for it: its own, nodes that only this operator in their bodies blocks, and nodes whose types it leaves open.
/// </param>
/// <param name="EnginesSaved">How many engines would be saved; negative where its nodes would become engines of their own.</param>
/// <param name="BoundaryTensorsSaved">How many fewer tensors would leave a segment.</param>
/// <param name="Reason">Why it fell back; the most frequent reason where there are several.</param>
/// <param name="Rule">The rule that refuses it.</param>
/// <param name="Release">The first newer TensorRT release that supports all of these nodes, or null.</param>
public sealed record Blocker(
    string Op, int Nodes, int EnginesSaved, int BoundaryTensorsSaved, string Reason, string Rule, string? Release)
{
    /// <summary>The sets with this operator that save more engines than their parts; left out where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BlockerSet>? Sets { get; init; }

    /// <summary>The nodes that fell back for it.</summary>
    internal ImmutableArray<int> Members { get; init; } = [];

    internal Blocker In(ImmutableArray<BlockerSet> sets) =>
        sets.Where(s => s.Ops.Contains(Op)).ToArray() is { Length: > 0 } own ? this with { Sets = own } : this;
}
