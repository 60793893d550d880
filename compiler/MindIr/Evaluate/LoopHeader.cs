namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// The graph that a loop of Python becomes: it computes the condition and calls one of two graphs with
/// <c>Switch(condition, body, exit)</c> as its last act. The body ends with a call of the header again, the exit does not.
/// </summary>
/// <param name="Graph">The header.</param>
/// <param name="Condition">The name of the condition.</param>
/// <param name="Body">The name of the graph that calls the header again, or of a Partial of it.</param>
/// <param name="Exit">The name of the graph that is called when the loop is over.</param>
/// <param name="EntersOnFalse">Whether the loop goes on while the condition is false.</param>
/// <param name="Arguments">What is passed to either.</param>
internal sealed record LoopHeader(
    GraphSource Graph, string Condition, string Body, string Exit, bool EntersOnFalse, IReadOnlyList<string> Arguments)
{
    /// <summary>The loop's name in messages.</summary>
    public string Name => Graph.Name;

    /// <summary>
    /// The header that a graph is; null where it does not call itself. A call of a graph that is being executed is no way back:
    /// what follows an inner loop goes on with the outer one. Throws <see cref="ImportFault"/> where a graph calls itself in
    /// another way.
    /// </summary>
    public static LoopHeader? Of(GraphSource graph, ModelSource model, Frame caller)
    {
        bool IsExecuting(GraphSource other) => caller.Executing(other) is not null;
        if (!model.CallsItself(graph) || !model.Reaches(graph, graph, IsExecuting)) return null;
        if (LastCall(graph, model) is not { } call || model.Resolve(call) is not ValueOperation callee) throw NoLoop(graph);
        if (graph.Node(callee.Name) is not { Input: [var condition, var then, var otherwise, ..] } choice
            || model.Resolve(choice) is not PrimitiveOperation { Name: "Switch" }) throw NoLoop(graph);
        bool thenGoesOn = GoesOn(then), otherwiseGoesOn = GoesOn(otherwise);
        if (thenGoesOn == otherwiseGoesOn) throw NoLoop(graph);
        return thenGoesOn ? new(graph, condition, then, otherwise, false, call.Input)
            : new(graph, condition, otherwise, then, true, call.Input);

        bool GoesOn(string name) => Callee(graph, name, model) is { } branch
            && (branch == graph || model.Reaches(branch, graph, IsExecuting));
    }

    /// <summary>A graph that calls itself, and not as a loop does.</summary>
    public static ImportFault NoLoop(GraphSource graph) => new(MindIrCodes.Recursion,
        $"the function '{graph.Name}' calls itself, and does not end with a Switch between a body that calls it again and what follows");

    /// <summary>The node that gives the graph's result, behind what only orders side effects.</summary>
    private static NodeProto? LastCall(GraphSource graph, ModelSource model)
    {
        NodeProto? node = graph.Proto.Output.Count == 1 ? graph.Node(graph.Proto.Output[0].Name) : null;
        for (int steps = 0; node is { Input.Count: > 0 } && model.Resolve(node) is PrimitiveOperation { Name: "Depend" }; steps++)
        {
            if (steps > graph.Proto.Node.Count) return null; // they go round in a circle
            node = graph.Node(node.Input[0]);
        }
        return node;
    }

    /// <summary>The graph that a name refers to, directly or by a Partial; null where it is another value.</summary>
    private static GraphSource? Callee(GraphSource graph, string name, ModelSource model) => model.Graph(name)
        ?? (graph.Node(name) is { Input: [var first, ..] } node && model.Resolve(node) is PrimitiveOperation { Name: "Partial" }
            ? model.Graph(first) : null);
}

/// <summary>
/// The result of calling a loop's header inside the loop: the next round, with these values. Only a call at the end of a
/// function may have this result; if another node uses it, the function is a recursion that is not a loop.
/// </summary>
/// <param name="loop">The loop; compared by reference, since each conversion of a header makes its own.</param>
/// <param name="values">The values of the next round.</param>
internal sealed class ContinueOperand(LoopHeader loop, ImmutableArray<Operand> values) : Operand
{
    public LoopHeader Loop { get; } = loop;
    public ImmutableArray<Operand> Values { get; } = values;
    public override string Kind => $"another round of the loop '{Loop.Name}'";
}
