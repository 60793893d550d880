using System.Collections.Immutable;
using GraphPartition.Emit;
using GraphPartition.Ir;

namespace GraphPartition.Runtime;

/// <summary>One step of an <see cref="ExecutionPlan"/>.</summary>
/// <param name="Segment">What the step computes.</param>
/// <param name="Group">The engine group that the step runs as; null for a fallback step.</param>
/// <param name="Inputs">The slots of the segment's inputs, in their order.</param>
/// <param name="Outputs">The slots of the segment's outputs, in their order.</param>
public sealed record ExecutionStep(
    GraphSegment Segment, TrtNode? Group, ImmutableArray<int> Inputs, ImmutableArray<int> Outputs);

/// <summary>
/// What a session does, as data: steps in order, each with the slots that it reads and writes. A slot holds one value that
/// crosses a boundary.
/// </summary>
public sealed class ExecutionPlan
{
    private ExecutionPlan(
        Graph graph, ImmutableArray<ExecutionStep> steps, int slotCount, ImmutableArray<int> inputSlots, ImmutableArray<int> outputSlots)
    {
        Graph = graph;
        Steps = steps;
        SlotCount = slotCount;
        InputSlots = inputSlots;
        OutputSlots = outputSlots;
    }

    /// <summary>The flat graph that is executed.</summary>
    public Graph Graph { get; }

    /// <summary>The steps in order.</summary>
    public ImmutableArray<ExecutionStep> Steps { get; }

    /// <summary>The number of slots.</summary>
    public int SlotCount { get; }

    /// <summary>The slot of each graph input.</summary>
    public ImmutableArray<int> InputSlots { get; }

    /// <summary>The slot of each graph output; -1 where it is a constant.</summary>
    public ImmutableArray<int> OutputSlots { get; }

    /// <summary>
    /// Plans a compiled model. Groups that run on their own keep a step each; everything between two of them becomes one
    /// fallback step, since segments stand in an executable order: without any engine the plan is one step.
    /// </summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="runsAlone">Which groups run on their own: those with a usable engine.</param>
    /// <param name="kind">
    /// Keeps fallback steps apart: neighbouring segments become one step only where this says the same of both. Null: always.
    /// </param>
    public static ExecutionPlan Of(CompiledModel compiled, Func<TrtNode, bool> runsAlone, Func<GraphSegment, bool>? kind = null)
    {
        Graph graph = compiled.Model.Graph;
        TrtNode?[] groups = new TrtNode?[compiled.Segments.Length];
        foreach (TrtNode group in compiled.Groups)
            if (runsAlone(group)) groups[group.Segment.Index] = group;

        var segmentOf = new int[graph.Nodes.Length];
        var steps = new List<(TrtNode? Group, bool Kind)>();
        foreach (GraphSegment segment in compiled.Segments)
        {
            TrtNode? group = groups[segment.Index];
            bool ofKind = group is null && kind?.Invoke(segment) == true;
            if (group is not null || steps.Count == 0 || steps[^1].Group is not null || steps[^1].Kind != ofKind) steps.Add((group, ofKind));
            foreach (int node in segment.Nodes) segmentOf[node] = steps.Count - 1;
        }
        ImmutableArray<GraphSegment> segments = GraphSegment.Cut(graph, segmentOf, [.. steps.Select(s => s.Group is not null)]);
        // A segment of nodes that nobody needs has no outputs, and is not worth a step.
        return Bind(graph, [.. segments.Zip(steps, (segment, step) => (segment, step.Group)).Where(s => s.segment.Outputs.Length > 0)]);
    }

    private static ExecutionPlan Bind(Graph graph, ImmutableArray<(GraphSegment Segment, TrtNode? Group)> steps)
    {
        var slots = new Dictionary<Value, int>();
        foreach (Value v in graph.Inputs) slots.Add(v, slots.Count);
        foreach ((GraphSegment segment, _) in steps)
            foreach (Value v in segment.Outputs) slots.Add(v, slots.Count);

        return new(graph,
            [.. steps.Select(step => new ExecutionStep(step.Segment, step.Group,
                [.. step.Segment.Inputs.Select(v => slots[v])], [.. step.Segment.Outputs.Select(v => slots[v])]))],
            slots.Count, [.. graph.Inputs.Select(v => slots[v])], [.. graph.Outputs.Select(v => slots.GetValueOrDefault(v, -1))]);
    }
}
