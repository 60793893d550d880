using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.EngineBuilder;

/// <summary>A group to build an engine for, in the model's graph or in a body.</summary>
/// <param name="Graph">The graph that holds its segment: the model's graph, or a body at any depth.</param>
/// <param name="Segment">The group.</param>
/// <param name="Around">The node that holds the body; null if the group is in the model's graph.</param>
internal sealed record PlannedGroup(Graph Graph, GraphSegment Segment, NodeAround? Around)
{
    /// <summary>The groups of a plan in the order of their numbers: first those of a graph, then those of its bodies.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="model">The planned model.</param>
    public static ImmutableArray<PlannedGroup> AllOf(PartitionPlan plan, Model model)
    {
        return [.. Of(plan, null)];

        IEnumerable<PlannedGroup> Of(PartitionPlan plan, NodeAround? around) =>
            plan.Segments.Where(s => s.IsEngine).Select(s => new PlannedGroup(plan.Graph, s, around))
                .Concat(plan.Bodies.SelectMany(b => Of(b.Plan, NodeAround.Of(plan.Graph.Nodes[b.Node], around, model))));
    }

    /// <summary>The groups of a compiled model, in the order of <see cref="CompiledModel.AllGroups"/>, which is the same.</summary>
    public static ImmutableArray<PlannedGroup> AllOf(CompiledModel compiled)
    {
        return [.. Of(compiled.Model.Graph, compiled.Groups, compiled.Bodies, null)];

        IEnumerable<PlannedGroup> Of(
            Graph graph, ImmutableArray<TrtNode> groups, ImmutableArray<CompiledBody> bodies, NodeAround? around) =>
            groups.Select(g => new PlannedGroup(graph, g.Segment, around))
                .Concat(bodies.SelectMany(b =>
                    Of(b.In(graph), b.Groups, b.Bodies, NodeAround.Of(graph.Nodes[b.Node], around, compiled.Model))));
    }

    /// <summary>The node at a place in <see cref="Graph"/>.</summary>
    public Node Node(int place) => Graph.Nodes[place];
}

/// <summary>The If, Loop or Scan around a body.</summary>
/// <param name="Node">The node.</param>
/// <param name="WhyNot">Why sessions run no engine inside: ONNX Runtime runs it, or a node around it, as a whole. Null if they do.</param>
internal sealed record NodeAround(Node Node, string? WhyNot)
{
    public static NodeAround Of(Node node, NodeAround? around, Model model)
    {
        string? reason = around?.WhyNot ?? FlowSupport.WhyNot(node, model);
        return new(node, around?.WhyNot is not null || reason is null ? reason : $"ONNX Runtime runs {node.Label} as a whole: {reason}");
    }
}
