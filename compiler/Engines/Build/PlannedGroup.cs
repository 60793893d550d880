using System.Collections.Immutable;
using GraphPartition.Compiler.Plan;
using GraphPartition.Emit;
using GraphPartition.Ir;

namespace GraphPartition.Engines.Build;

/// <summary>A group that is to have an engine, wherever it is.</summary>
/// <param name="Graph">What its segment is cut from: the model's graph, or a body at any depth.</param>
/// <param name="Segment">The group.</param>
/// <param name="Inside">The node around the body; null where the group is in the model's graph.</param>
internal sealed record PlannedGroup(Graph Graph, GraphSegment Segment, Node? Inside)
{
    /// <summary>The groups of a plan in the order of their numbers: first those of a graph, then those of its bodies.</summary>
    public static ImmutableArray<PlannedGroup> AllOf(PartitionPlan plan) => [.. Of(plan, null)];

    /// <summary>The groups of a compiled model, in the order of <see cref="CompiledModel.AllGroups"/>, which is the same.</summary>
    public static ImmutableArray<PlannedGroup> AllOf(CompiledModel compiled) =>
        [.. Of(compiled.Model.Graph, compiled.Groups, compiled.Bodies, null)];

    /// <summary>The node at a place in <see cref="Graph"/>.</summary>
    public Node Node(int place) => Graph.Nodes[place];

    private static IEnumerable<PlannedGroup> Of(PartitionPlan plan, Node? inside) =>
        plan.Segments.Where(s => s.IsEngine).Select(s => new PlannedGroup(plan.Graph, s, inside))
            .Concat(plan.Bodies.SelectMany(b => Of(b.Plan, plan.Graph.Nodes[b.Node])));

    private static IEnumerable<PlannedGroup> Of(Graph graph, ImmutableArray<TrtNode> groups, ImmutableArray<CompiledBody> bodies, Node? inside) =>
        groups.Select(g => new PlannedGroup(graph, g.Segment, inside))
            .Concat(bodies.SelectMany(b => Of(b.In(graph), b.Groups, b.Bodies, graph.Nodes[b.Node])));
}
