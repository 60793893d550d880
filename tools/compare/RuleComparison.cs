using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GraphPartition.Compare.Rules;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare;

/// <summary>The groups that another system's published rule forms of the same supported nodes.</summary>
/// <param name="System">The system, or <c>gpc</c> for this plan.</param>
/// <param name="Engines">The number of its groups; where they form a cycle, they cannot run.</param>
/// <param name="BoundaryTensors">Tensors that leave a segment (<see cref="PartitionPlan.BoundaryTensors"/>); null where there is a
/// cycle.</param>
/// <param name="BoundaryBytes">The sum over tensors of bytes times boundaries crossed; null where there is a cycle.</param>
/// <param name="Cycle">The cycle that the groups form, or null.</param>
public sealed record RuleComparison(
    string System, int Engines, int? BoundaryTensors, double? BoundaryBytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cycle)
{
    /// <summary>
    /// Whether the system uses its own list of operators instead of the plan's supported nodes. Then the numbers cannot be compared with
    /// the plan's minimum.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasOwnOperators { get; init; }

    private const int MindSporeLeast = 2; // a segment of one node stays with MindSpore's own kernels

    /// <summary>
    /// The plan, then every rule on its graph and its supported nodes, and last MindSpore's rule with MindSpore's own list of operators
    /// (<see cref="MindSporeSupport"/>). Bodies are left out.
    /// </summary>
    public static ImmutableArray<RuleComparison> Of(PartitionPlan plan)
    {
        bool[] supported = [.. plan.Tags.Select(t => t.IsYes)];
        return
        [
            new("gpc", plan.Partitioning.EngineCount, plan.BoundaryTensors, (double)plan.Boundaries.ByteBoundaries, null),
            .. ReplayRule.All.Select(rule => Of(plan.Graph, plan.Topology, rule.Apply(plan.Topology, supported))),
            OfMindSpore(plan),
        ];
    }

    private static RuleComparison OfMindSpore(PartitionPlan plan)
    {
        bool[] listed = [.. new MindSporeSupport().Tag(plan.Graph).Select(t => t.IsYes)];
        RuleComparison row = Of(plan.Graph, plan.Topology, ReplayRule.MindSpore.Apply(plan.Topology, listed, MindSporeLeast));
        return row with { System = $"{row.System}, its operators", HasOwnOperators = true };
    }

    private static RuleComparison Of(Graph graph, PartitionGraph topology, ReplayedPartition replayed)
    {
        Partition? groups = replayed.Partitioning;
        int? tensors = groups is null ? null : BoundaryCost.LeavingTensors(topology, groups.SegmentOf);
        double? bytes = groups is null ? null : (double)BoundaryCost.Of(topology, groups).ByteBoundaries;
        string? cycle = replayed.Cycle?.ToString(n => graph.Nodes[n].DisplayName, group => $"group of {graph.Nodes[group].DisplayName}");
        return new(replayed.Name, replayed.EngineCount, tensors, bytes, cycle);
    }
}
