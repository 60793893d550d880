namespace GraphPartition.Runtime.Scheduling;

/// <summary>One step of an <see cref="ExecutionPlan"/>.</summary>
/// <param name="Segment">What the step computes.</param>
/// <param name="Group">The engine group that the step runs as; null for a fallback step.</param>
/// <param name="Inputs">The slots of the segment's inputs, in their order.</param>
/// <param name="Outputs">The slots of the segment's outputs, in their order.</param>
public sealed record ExecutionStep(
    GraphSegment Segment, TrtNode? Group, ImmutableArray<int> Inputs, ImmutableArray<int> Outputs)
{
    /// <summary>
    /// For an If, Loop or Scan that the session runs itself: the plans of its bodies, in the order of its attributes. The values that a
    /// body captures are inputs behind its own. Otherwise empty.
    /// </summary>
    public ImmutableArray<ExecutionPlan> Bodies { get; init; } = [];

    /// <summary>Whether a C# kernel computes the step, which is one node.</summary>
    public bool IsKernel { get; init; }
}

/// <summary>A control-flow node that ONNX Runtime executes as a whole, although groups in its bodies have engines.</summary>
/// <param name="Node">The node.</param>
/// <param name="Reason">Why.</param>
public sealed record WholeNode(string Node, string Reason);

/// <summary>
/// The steps of a session in order, each with the slots that it reads and writes. A slot holds one value that crosses a boundary.
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
        OutputNames = [.. graph.Outputs.Select(v => v.Name)];
    }

    /// <summary>The flat graph that is executed.</summary>
    public Graph Graph { get; }

    /// <summary>The steps in order.</summary>
    public ImmutableArray<ExecutionStep> Steps { get; }

    /// <summary>The number of slots.</summary>
    public int SlotCount { get; }

    /// <summary>The slot of each graph input.</summary>
    public ImmutableArray<int> InputSlots { get; }

    /// <summary>The slot of each graph output; -1 if it is a constant.</summary>
    public ImmutableArray<int> OutputSlots { get; }

    /// <summary>The name of each graph output.</summary>
    public ImmutableArray<string> OutputNames { get; }

    /// <summary>Control-flow nodes that ONNX Runtime executes as a whole, although groups in their bodies have engines.</summary>
    public ImmutableArray<WholeNode> Whole { get; private init; } = [];

    /// <summary>
    /// Plans a compiled model. Each group that runs alone is a step. Everything between two such groups is one fallback step, since the
    /// segments are in an executable order: a plan without engines has one step.
    /// </summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="runsAlone">Which groups are steps of their own: those with a usable engine.</param>
    /// <param name="kind">The kind of a node, by index, from 0. Only nodes of one kind share a fallback step. Null: one kind for all.</param>
    /// <param name="kinds">The number of kinds.</param>
    /// <param name="bodies">Control-flow nodes that are steps, by index, with the plans of their bodies; null: there are none.</param>
    /// <param name="whole">Control-flow nodes that could not be steps, for reports.</param>
    /// <param name="kernels">Nodes that C# kernels compute, by index; null: there are none.</param>
    public static ExecutionPlan Of(
        CompiledModel compiled, Func<TrtNode, bool> runsAlone, Func<int, int>? kind = null, int kinds = 1,
        IReadOnlyDictionary<int, ImmutableArray<ExecutionPlan>>? bodies = null, IEnumerable<WholeNode>? whole = null,
        IReadOnlySet<int>? kernels = null)
    {
        Graph graph = compiled.Model.Graph;
        TrtNode?[] groups = new TrtNode?[compiled.Cut.Segments.Length];
        foreach (TrtNode group in compiled.Cut.Groups)
            if (runsAlone(group)) groups[group.Segment.Index] = group;

        // Between two groups nodes are numbered as in partitioning: the least number that is congruent to the kind, modulo the
        // number of kinds, and at least those of the predecessors. Numbers never fall along an edge, and equal numbers are of one
        // kind: one step. A node that is a step by itself (control flow, a kernel) takes a new number, which other nodes skip.
        var numbers = new int[graph.Nodes.Length];
        var owner = new Dictionary<int, TrtNode>();
        var taken = new HashSet<int>();
        int first = 0, last = -1;
        foreach (GraphSegment segment in compiled.Cut.Segments)
        {
            if (groups[segment.Index] is { } group)
            {
                foreach (int node in segment.Nodes) numbers[node] = last + 1;
                owner.Add(last + 1, group);
                last++;
                first = last + 1;
                continue;
            }
            foreach (int node in segment.Nodes)
            {
                if (bodies?.ContainsKey(node) == true || kernels?.Contains(node) == true) taken.Add(numbers[node] = last + 1);
                else numbers[node] = NumberOf(node);
                last = Math.Max(last, numbers[node]);
            }
        }
        ImmutableArray<GraphSegment> segments = GraphSegment.Cut(
            graph, numbers, [.. Enumerable.Range(0, last + 1).Select(owner.ContainsKey)]);
        // A segment without outputs is not executed.
        return Bind(
            graph, [.. segments.Where(s => s.Outputs.Length > 0).Select(s => owner.TryGetValue(numbers[s.Nodes[0]], out TrtNode? group)
            ? (group.Segment with { Index = s.Index }, group) // an engine numbers its inputs and outputs as the group does
            : (s, null))], bodies, whole, kernels);

        int NumberOf(int node)
        {
            int number = HostPlacement.ProducersOf(graph, node).Select(producer => numbers[producer]).Append(first).Max();
            while ((kind is not null && number % kinds != kind(node)) || taken.Contains(number)) number++;
            return number;
        }
    }

    private static ExecutionPlan Bind(
        Graph graph, ImmutableArray<(GraphSegment Segment, TrtNode? Group)> steps,
        IReadOnlyDictionary<int, ImmutableArray<ExecutionPlan>>? bodies,
        IEnumerable<WholeNode>? whole, IReadOnlySet<int>? kernels)
    {
        var slots = new Dictionary<Value, int>();
        foreach (Value v in graph.Inputs) slots.Add(v, slots.Count);
        foreach ((GraphSegment segment, _) in steps)
            foreach (Value v in segment.Outputs) slots.Add(v, slots.Count);

        return new(graph,
            [.. steps.Select(step => new ExecutionStep(step.Segment, step.Group,
                [.. step.Segment.Inputs.Select(v => slots[v])], [.. step.Segment.Outputs.Select(v => slots[v])])
            {
                Bodies = bodies?.GetValueOrDefault(step.Segment.Nodes[0], []) ?? [],
                IsKernel = step.Group is null && kernels?.Contains(step.Segment.Nodes[0]) == true,
            })],
            slots.Count, [.. graph.Inputs.Select(v => slots[v])], [.. graph.Outputs.Select(v => slots.GetValueOrDefault(v, -1))])
        {
            Whole = [.. whole ?? []],
        };
    }
}
