using System.Collections.Immutable;
using GraphPartition.Emit;
using GraphPartition.Ir;

namespace GraphPartition.Runtime;

/// <summary>One step of an <see cref="ExecutionPlan"/>.</summary>
/// <param name="Segment">What the step computes.</param>
/// <param name="Group">The engine group that the step runs as; null for a fallback step.</param>
/// <param name="Inputs">The slots of the segment's inputs, in their order.</param>
/// <param name="Outputs">The slots of the segment's outputs, in their order.</param>
/// <param name="Dying">Slots whose values nobody needs after this step. Fed values are not among them: the caller owns those.</param>
public sealed record ExecutionStep(
    GraphSegment Segment, TrtNode? Group, ImmutableArray<int> Inputs, ImmutableArray<int> Outputs, ImmutableArray<int> Dying);

/// <summary>
/// What a session does, as data: steps in order, each with the slots that it reads, writes and frees. A slot holds one value
/// that crosses a boundary.
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
    public static ExecutionPlan Of(CompiledModel compiled, Func<TrtNode, bool> runsAlone)
    {
        Graph graph = compiled.Model.Graph;
        TrtNode?[] groups = new TrtNode?[compiled.Segments.Length];
        foreach (TrtNode group in compiled.Groups)
            if (runsAlone(group)) groups[group.Segment.Index] = group;

        var segmentOf = new int[graph.Nodes.Length];
        var stepGroups = new List<TrtNode?>();
        foreach (GraphSegment segment in compiled.Segments)
        {
            TrtNode? group = groups[segment.Index];
            if (group is not null || stepGroups.Count == 0 || stepGroups[^1] is not null) stepGroups.Add(group);
            foreach (int node in segment.Nodes) segmentOf[node] = stepGroups.Count - 1;
        }
        ImmutableArray<GraphSegment> segments = GraphSegment.Cut(graph, segmentOf, [.. stepGroups.Select(g => g is not null)]);
        // A segment of nodes that nobody needs has no outputs, and is not worth a step.
        return Bind(graph, [.. segments.Zip(stepGroups).Where(s => s.First.Outputs.Length > 0)]);
    }

    private static ExecutionPlan Bind(Graph graph, ImmutableArray<(GraphSegment Segment, TrtNode? Group)> steps)
    {
        var slots = new Dictionary<Value, int>();
        foreach (Value v in graph.Inputs) slots.Add(v, slots.Count);
        foreach ((GraphSegment segment, _) in steps)
            foreach (Value v in segment.Outputs) slots.Add(v, slots.Count);

        var lastUse = new int[slots.Count];
        for (int s = 0; s < steps.Length; s++)
        {
            foreach (Value v in steps[s].Segment.Inputs) lastUse[slots[v]] = s;
            foreach (Value v in steps[s].Segment.Outputs) lastUse[slots[v]] = s;
        }
        foreach (Value v in graph.Inputs) lastUse[slots[v]] = int.MaxValue;
        foreach (Value v in graph.Outputs)
            if (slots.TryGetValue(v, out int slot)) lastUse[slot] = int.MaxValue;

        ILookup<int, int> dying = Enumerable.Range(0, slots.Count).ToLookup(slot => lastUse[slot]);
        return new(graph,
            [.. steps.Select((step, s) => new ExecutionStep(step.Segment, step.Group,
                [.. step.Segment.Inputs.Select(v => slots[v])], [.. step.Segment.Outputs.Select(v => slots[v])], [.. dying[s]]))],
            slots.Count, [.. graph.Inputs.Select(v => slots[v])], [.. graph.Outputs.Select(v => slots.GetValueOrDefault(v, -1))]);
    }
}
