using System.Collections.Immutable;
using GraphPartition.Compiler.Operators;
using GraphPartition.Ir;
using GraphPartition.Partition;

namespace GraphPartition.Compiler.Plan;

/// <summary>What an operator that engines cannot take costs: what would be saved if all its nodes were supported.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Nodes">How many nodes of it fell back.</param>
/// <param name="EnginesSaved">How many engines fewer the minimum would be.</param>
/// <param name="BoundaryTensorsSaved">How many tensors fewer would cross a boundary.</param>
/// <param name="Reason">Why it fell back; the most frequent reason where there are several.</param>
/// <param name="Release">The first newer TensorRT release that takes all of these nodes, or null.</param>
public sealed record Blocker(string Op, int Nodes, int EnginesSaved, int BoundaryTensorsSaved, string Reason, string? Release);

/// <summary>Ranks the operators that keep a plan from having fewer engines. One pass over the graph for each such operator.</summary>
public static class BlockerRanking
{
    /// <summary>The blockers of a plan: those that save most engines first, then most boundary tensors, then most nodes.</summary>
    public static ImmutableArray<Blocker> Of(PartitionPlan plan, OperatorTable operators, TensorRtTarget target)
    {
        bool[] supported = [.. plan.Tags.Select(t => t.IsYes)];
        (int engines, int tensors) = Measure(plan.Topology, supported);
        ILookup<OpName, int> fallback = Enumerable.Range(0, supported.Length).Where(n => !supported[n]).ToLookup(n => plan.Graph.Nodes[n].Op);

        var blockers = new List<Blocker>();
        foreach (IGrouping<OpName, int> group in fallback)
        {
            foreach (int n in group) supported[n] = true;
            (int fewerEngines, int fewerTensors) = Measure(plan.Topology, supported);
            foreach (int n in group) supported[n] = false;
            blockers.Add(new(group.Key.ToString(), group.Count(), engines - fewerEngines, tensors - fewerTensors,
                group.GroupBy(n => plan.Tags[n].Reason!).MaxBy(g => g.Count())!.Key, ReleaseOf(plan.Graph, group, operators, target)));
        }
        return [.. blockers.OrderByDescending(b => b.EnginesSaved).ThenByDescending(b => b.BoundaryTensorsSaved)
            .ThenByDescending(b => b.Nodes).ThenBy(b => b.Op, StringComparer.Ordinal)];
    }

    /// <summary>What would be saved if one node alone were supported.</summary>
    public static (int Engines, int BoundaryTensors) SavedBy(PartitionPlan plan, int node)
    {
        bool[] supported = [.. plan.Tags.Select(t => t.IsYes)];
        (int engines, int tensors) = Measure(plan.Topology, supported);
        supported[node] = true;
        (int fewerEngines, int fewerTensors) = Measure(plan.Topology, supported);
        return (engines - fewerEngines, tensors - fewerTensors);
    }

    private static (int Engines, int Tensors) Measure(PartitionGraph topology, bool[] supported)
    {
        Partitioning partitioning = LevelPartitioner.Partition(topology, supported);
        return (partitioning.EngineCount, BoundaryCost.Of(topology, partitioning).Tensors);
    }

    private static string? ReleaseOf(Graph graph, IEnumerable<int> nodes, OperatorTable operators, TensorRtTarget target)
    {
        TensorRtTarget? latest = null;
        foreach (int n in nodes)
        {
            if (operators.FirstReleaseThatSupports(graph.Nodes[n], target) is not { } release) return null;
            if (latest is null || release.IsAtLeast(latest)) latest = release;
        }
        return latest?.ToString();
    }
}
