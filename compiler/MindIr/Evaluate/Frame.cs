namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// One execution of a graph of the file: the operands of its names, and the graph under construction that takes its nodes.
/// </summary>
/// <param name="source">The graph that is executed.</param>
/// <param name="parent">The frame that free names are looked up in; null for the main graph.</param>
/// <param name="caller">The frame that called; null for the main graph.</param>
/// <param name="builder">Takes the nodes: that of the caller, or that of a branch.</param>
internal sealed class Frame(GraphSource source, Frame? parent, Frame? caller, GraphBuilder builder)
{
    public GraphSource Source { get; } = source;
    public GraphBuilder Builder { get; } = builder;

    /// <summary>The evaluated operands; null for a value whose evaluation has begun.</summary>
    public Dictionary<string, Operand?> Values { get; } = [];

    /// <summary>How many calls lead here.</summary>
    public int Depth { get; } = caller is null ? 0 : caller.Depth + 1;

    /// <summary>The nearest frame outwards whose graph defines the name, or null.</summary>
    public Frame? Owner(string name)
    {
        for (Frame? frame = this; frame is not null; frame = frame.Parent)
            if (frame.Source.Defines(name)) return frame;
        return null;
    }

    /// <summary>The loop whose header this frame executes for one round; null elsewhere.</summary>
    public LoopHeader? Loop { get; init; }

    /// <summary>The frame that executes the graph, here or on the way here; null where none does.</summary>
    public Frame? Executing(GraphSource graph)
    {
        for (Frame? frame = this; frame is not null; frame = frame.Caller)
            if (frame.Source == graph) return frame;
        return null;
    }

    private Frame? Parent { get; } = parent;
    private Frame? Caller { get; } = caller;
}

/// <summary>A graph of the file, the frame in which its free names are looked up, and the arguments that are already given.</summary>
internal sealed class Closure(GraphSource graph, Frame frame, ImmutableArray<Operand> bound) : FunctionOperand
{
    public GraphSource Graph { get; } = graph;
    public Frame Frame { get; } = frame;
    public ImmutableArray<Operand> Bound { get; } = bound;
    public override string Kind => $"the function '{Graph.Name}'";

    public override FunctionOperand Bind(ImmutableArray<Operand> arguments) => new Closure(Graph, Frame, [.. Bound, .. arguments]);
}
