using GraphPartition.MindIr.Primitives;

namespace GraphPartition.MindIr.Evaluate;

/// <summary>
/// Executes a file at import time: what is known becomes constants, tuples and functions, what is not becomes nodes. Only what
/// the results need is executed, so monads and side effects vanish by themselves. A graph is walked with a stack of its own;
/// the call stack grows with calls and branches only, whose depth is bounded.
/// </summary>
internal sealed class Evaluator(ModelSource model, ImportContext context)
{
    private readonly HashSet<GraphSource> _checked = [];

    /// <summary>The results of a graph whose inputs are in the frame: one operand, a tuple where the graph lists several outputs.</summary>
    public Operand Results(Frame frame)
    {
        RefuseSideEffects(frame.Source);
        var outputs = frame.Source.Proto.Output;
        ImmutableArray<Operand> results = [.. outputs.Select(o => Evaluate(frame, o.Name))];
        return results.Length == 1 ? results[0] : new TupleOperand(results);
    }

    /// <summary>The operand of a name.</summary>
    public Operand Evaluate(Frame frame, string name)
    {
        if (frame.Owner(name)?.Values is { } known && known.TryGetValue(name, out Operand? begun) && begun is null)
            throw new ImportFault(ModelCodes.Cycle, $"'{name}' needs itself");
        var pending = new Stack<(Frame Frame, string Name)>();
        if (frame.Owner(name) is { } owner) pending.Push((owner, name));
        while (pending.TryPeek(out var at))
        {
            context.Count(1);
            Dictionary<string, Operand?> values = at.Frame.Values;
            bool isNew = !values.TryGetValue(at.Name, out Operand? value);
            if (isNew)
            {
                values[at.Name] = null;
                PushMissing(at.Frame, at.Name, pending);
                if (pending.Peek() != at) continue;
            }
            if (value is null) values[at.Name] = Execute(at.Frame, at.Name);
            pending.Pop();
        }
        return Look(frame, name);
    }

    /// <summary>Pushes what a value needs and is not there yet; the first need comes to lie on top.</summary>
    private void PushMissing(Frame frame, string name, Stack<(Frame, string)> pending)
    {
        if (frame.Source.Node(name) is not { } node) return;
        List<string> needs = Needs(node);
        context.Count(needs.Count);
        for (int i = needs.Count - 1; i >= 0; i--)
        {
            if (frame.Owner(needs[i]) is not { } owner) continue; // a graph, or undefined: found when the node is executed
            if (!owner.Values.TryGetValue(needs[i], out Operand? known)) pending.Push((owner, needs[i]));
            else if (known is null)
            {
                context.Report(ModelCodes.Cycle, $"node '{name}'", $"it needs '{needs[i]}', which needs it");
                owner.Values[needs[i]] = FailedOperand.Instance;
            }
        }
    }

    /// <summary>The names that a node uses: inputs, a value that it calls, and what the graphs among them take from here.</summary>
    private List<string> Needs(NodeProto node)
    {
        Operation operation = model.Resolve(node);
        int reads = operation is PrimitiveOperation { Row: { } row } ? Math.Min(row.Reads, node.Input.Count) : node.Input.Count;
        var needs = new List<string>(reads);
        if (operation is ValueOperation call) needs.Add(call.Name);
        if (operation is GraphOperation callee) needs.AddRange(model.FreeNames(callee.Graph));
        foreach (string input in node.Input.Take(reads))
        {
            needs.Add(input);
            if (model.Graph(input) is { } graph) needs.AddRange(model.FreeNames(graph));
        }
        return needs;
    }

    /// <summary>The operand of a name. Everything that the frame defines under the name has been evaluated.</summary>
    private Operand Look(Frame frame, string name)
    {
        if (frame.Owner(name) is { } owner) return owner.Values.GetValueOrDefault(name) ?? FailedOperand.Instance;
        if (model.Graph(name) is { } graph) return new Closure(graph, frame, []);
        context.Report(ModelCodes.UndefinedValue, $"graph '{frame.Source.Name}'",
            $"'{name}' is used, but neither an input, a weight nor a node defines it");
        return FailedOperand.Instance;
    }

    private Operand Execute(Frame frame, string name)
    {
        string where = frame.Source.Node(name) is { Domain.Length: > 0 } scoped ? $"'{scoped.Domain}'" : $"'{name}'";
        try
        {
            if (frame.Source.Node(name) is { } node) return Execute(frame, node);
            if (frame.Source.Parameter(name) is { } weight) return model.Weight(weight);
            throw new ImportFault(ModelCodes.BadConstruct, "it is an input of a function that nothing was passed for");
        }
        catch (ImportFault fault) when (!context.GivenUp)
        {
            context.Report(fault.Code, where, fault.Message);
            return FailedOperand.Instance;
        }
    }

    private Operand Execute(Frame frame, NodeProto node)
    {
        switch (model.Resolve(node))
        {
            case ConstantOperation:
                return model.Constant(node);
            case FaultyOperation faulty:
                throw new ImportFault(faulty.Code, faulty.Message);
            case GraphOperation call:
                return Call(new Closure(call.Graph, frame, []), Inputs(frame, node), frame, frame.Builder);
            case ValueOperation call:
                return Call(Look(frame, call.Name), Inputs(frame, node), frame, frame.Builder);
            case PrimitiveOperation { Row: { } row } operation:
                ImmutableArray<Operand> inputs = Inputs(frame, node, row.Reads);
                if (inputs.Contains(FailedOperand.Instance)) return FailedOperand.Instance;
                if (row.Reads != 1 && inputs.OfType<ContinueOperand>().FirstOrDefault() is { } again)
                    throw new ImportFault(MindIrCodes.Recursion,
                        $"'{again.Loop.Name}' calls itself, and {row.Name} uses the result: only a call at the end is a loop");
                while (inputs is [.., MonadOperand]) inputs = inputs.RemoveAt(inputs.Length - 1); // it orders side effects only
                return new PrimitiveCall(row, inputs, operation.Attributes, new Emitter(frame.Builder, context, node)).Convert();
            case PrimitiveOperation unknown:
                throw PrimitiveTable.Unknown(unknown.Name, unknown.Attributes, node.Input.Count);
            default:
                throw new InvalidOperationException("an operation of unknown kind");
        }
    }

    private ImmutableArray<Operand> Inputs(Frame frame, NodeProto node, int reads = int.MaxValue) =>
        [.. node.Input.Take(reads).Select(input => Look(frame, input))];

    /// <summary>Executes a function, or both branches of a choice, and gives the results.</summary>
    private Operand Call(Operand callee, ImmutableArray<Operand> arguments, Frame caller, GraphBuilder builder) => callee switch
    {
        Closure function => Call(function, arguments, caller, builder),
        ChoiceOperand choice => new Branches(context).Call(choice, builder, (branch, body) => Call(branch, arguments, caller, body)),
        FailedOperand => callee,
        OpaqueOperand opaque => throw new ImportFault(opaque.Code, $"it calls {opaque.Kind}"),
        _ => throw new ImportFault(ModelCodes.BadConstruct, $"it calls {callee.Kind}, which is not a function"),
    };

    private Operand Call(Closure function, ImmutableArray<Operand> arguments, Frame caller, GraphBuilder builder)
    {
        GraphSource graph = function.Graph;
        ImmutableArray<Operand> given = Bind(graph, [.. function.Bound, .. arguments]);
        if (caller.Executing(graph) is { } running)
            return running.Loop is { } loop ? new ContinueOperand(loop, given) : throw LoopHeader.NoLoop(graph);
        if (caller.Depth >= ImportContext.MaxDepth)
            throw new ImportFault(ModelCodes.TooDeep, $"calls are nested more than {ImportContext.MaxDepth} deep");
        if (LoopHeader.Of(graph, model, caller) is { } header)
        {
            RefuseSideEffects(graph);
            return new Loop(header, function.Frame, caller, this, context).Convert(given, builder);
        }
        return Results(Enter(graph, given, function.Frame, caller, builder, null));
    }

    /// <summary>A frame in which the inputs of a graph are the given operands.</summary>
    public static Frame Enter(
        GraphSource graph, ImmutableArray<Operand> given, Frame parent, Frame caller, GraphBuilder builder, LoopHeader? loop)
    {
        var frame = new Frame(graph, parent, caller, builder) { Loop = loop };
        for (int i = 0; i < given.Length; i++) frame.Values[graph.Proto.Input[i].Name] = given[i];
        return frame;
    }

    /// <summary>Calls the function of a name with the operands of other names.</summary>
    public Operand Call(Frame frame, string callee, IEnumerable<string> arguments)
    {
        if (frame.Owner(callee) is not null) Evaluate(frame, callee);
        ImmutableArray<Operand> values = [.. arguments.Select(a => frame.Owner(a) is null ? Look(frame, a) : Evaluate(frame, a))];
        return values.Contains(FailedOperand.Instance) ? FailedOperand.Instance : Call(Look(frame, callee), values, frame, frame.Builder);
    }

    /// <summary>An operand for each input of a graph.</summary>
    private ImmutableArray<Operand> Bind(GraphSource graph, ImmutableArray<Operand> given)
    {
        int inputs = graph.Proto.Input.Count;
        if (given.Length > inputs)
            throw new ImportFault(ModelCodes.BadConstruct, $"'{graph.Name}' has {inputs} inputs, {given.Length} arguments are passed");
        return [.. given, .. graph.Proto.Input.Skip(given.Length).Select(Unpassed)];
    }

    /// <summary>An input without an argument is a weight of the main graph, which it names by its reference key.</summary>
    private Operand Unpassed(ValueInfoProto input)
    {
        if (TypeDecoder.IsMonad(input)) return MonadOperand.Instance;
        if (input.Tensor.Count > 0 && input.Tensor[0].HasRefKey && model.Main.ParameterByKey(input.Tensor[0].RefKey) is { } weight)
            return model.Weight(weight);
        throw new ImportFault(ModelCodes.BadConstruct, $"no argument is passed for '{input.Name}', and it stands for no weight");
    }

    /// <summary>
    /// A node that changes a weight hangs in the graph by monads alone and would vanish with them, so all nodes are looked at.
    /// </summary>
    private void RefuseSideEffects(GraphSource graph)
    {
        if (!_checked.Add(graph)) return;
        foreach (NodeProto node in graph.Proto.Node)
            if (model.Resolve(node) is PrimitiveOperation primitive && PrimitiveTable.ChangesState(primitive.Name, primitive.Attributes))
                context.Report(MindIrCodes.Stateful, $"'{node.Domain}'", $"the primitive {primitive.Name} changes a weight");
    }
}
