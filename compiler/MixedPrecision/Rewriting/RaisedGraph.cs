using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.MixedPrecision.Emulation;

namespace GraphPartition.MixedPrecision.Rewriting;

/// <summary>
/// A typed graph with some of its 16-bit nodes back in FP32, and Casts around them. All other nodes and values are the same objects, so
/// what was planned about them holds.
/// </summary>
/// <param name="Graph">The graph.</param>
/// <param name="Casts">The Casts that were added.</param>
/// <param name="Copies">For each node that was raised the FP32 node that took its place.</param>
public sealed record RaisedGraph(Graph Graph, ImmutableHashSet<Node> Casts, IReadOnlyDictionary<Node, Node> Copies)
{
    /// <summary>Whether a node computes in 16 bits and can compute in FP32 instead. Nodes with bodies or named types cannot.</summary>
    public static bool CanRaise(Node node) => !node.Op.Is("Cast") && node.Attributes.Bodies().IsEmpty
        && EmulatedGraph.TypeAttributes.All(name => !node.Attributes.Has(name)) && !node.Attributes.Has("value")
        && (node.Inputs.Any(IsLow) || node.Outputs.Any(IsLow));

    /// <summary>Raises nodes of a main graph.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="nodes">The nodes; <see cref="CanRaise"/> holds for each.</param>
    /// <param name="within">
    /// Nodes that execute together with them: only Casts of these are passed by, so what crosses their boundary keeps its type.
    /// </param>
    /// <param name="originals">The FP32 constants that 16-bit constants were made from; others are widened.</param>
    public static RaisedGraph Of(Model model, OperatorTable operators, IReadOnlySet<Node> nodes, IReadOnlySet<Node> within,
        IReadOnlyDictionary<Value, Value> originals) => new Raising(model, operators, nodes, within, originals).Run();

    /// <summary>Whether a value has 16-bit floats.</summary>
    public static bool IsLow(Value? value) => value is not null && LowFormat.Of(value.ElementType) is not null;
}

/// <summary>One walk over a graph that raises nodes.</summary>
internal sealed class Raising
{
    private readonly PassContext _context;
    private readonly Graph _graph;
    private readonly GraphBuilder _builder;
    private readonly ValueNames _names;
    private readonly IReadOnlySet<Node> _nodes, _within;
    private readonly IReadOnlyDictionary<Value, Value> _originals;
    private readonly Dictionary<Value, Value> _full = [];
    private readonly HashSet<Node> _passed = [], _casts = [];
    private readonly Dictionary<Node, Node> _copies = [];

    public Raising(Model model, OperatorTable operators, IReadOnlySet<Node> nodes, IReadOnlySet<Node> within,
        IReadOnlyDictionary<Value, Value> originals)
    {
        (_graph, _nodes, _within, _originals) = (model.Graph, nodes, within, originals);
        _context = new(model, operators);
        _builder = GraphBuilder.For(_graph, operators, _context.Scope);
        _names = new(_graph);
    }

    public RaisedGraph Run()
    {
        foreach (Value constant in _graph.Constants) _builder.Constant(constant);
        foreach (Node node in _graph.Nodes)
            if (_nodes.Contains(node)) Raise(node);
            else if (!_passed.Contains(node)) _builder.Append(node);
        Graph graph = new EliminateDeadNodes().Run(_builder.Build(_graph.Outputs.AsSpan()), _context);
        return new(graph, [.. _casts], _copies);
    }

    private void Raise(Node node)
    {
        Value?[] inputs = [.. node.Inputs.Select(v => RaisedGraph.IsLow(v) ? Full(v!) : v)];
        Value?[] outputs = [.. node.Outputs.Select(v => RaisedGraph.IsLow(v) ? _full[v!] = Raised(v!) : v)];
        _copies[node] = _builder.Define(node.Op, inputs, outputs, node.Attributes, node.Name, node.Version, node.Metadata);
        foreach (Value? low in node.Outputs)
            if (RaisedGraph.IsLow(low) && IsNeeded(low!)) Cast(_full[low!], low!);
    }

    /// <summary>The result in FP32: that of a Cast to FP32 behind the node, whose place the node takes, or a new value.</summary>
    private Value Raised(Value low)
    {
        Node? cast = Users(low).FirstOrDefault(n => IsCast(n) && n.Output(0)!.ElementType == ElementType.Float32);
        if (cast is null) return Fresh(low);
        _passed.Add(cast);
        return cast.Output(0)!;
    }

    /// <summary>Whether something else than raised nodes uses the value in 16 bits.</summary>
    private bool IsNeeded(Value low) => _graph.Uses.IsOutput(low)
        || Users(low).Any(n => !_passed.Contains(n) && !(_nodes.Contains(n) && n.Inputs.Contains(low)));

    private Value Full(Value low)
    {
        if (_full.TryGetValue(low, out Value? known)) return known;
        if (low.IsConstant) return _full[low] = Constant(low);
        int producer = _graph.Uses.ProducerOf(low);
        if (producer >= 0 && _graph.Nodes[producer] is var node && IsCast(node) && node.Input(0)!.ElementType == ElementType.Float32)
            return _full[low] = node.Input(0)!;
        return _full[low] = Cast(low, Fresh(low));
    }

    private Value Constant(Value low)
    {
        Value full = _originals.TryGetValue(low, out Value? original) ? original
            : new(_names.Fresh(low.Name + "_fp32"), IrType.Tensor(ElementType.Float32, low.Shape),
                EmulatedGraph.Widened(low.Data!, LowFormat.Of(low.ElementType)!));
        if (!_graph.Constants.Contains(full)) _builder.Constant(full);
        return full;
    }

    private Value Cast(Value from, Value to)
    {
        _casts.Add(_builder.Define("Cast", [from], [to], AttributeMap.Of(("to", (long)to.ElementType)), to.Name));
        return to;
    }

    private Value Fresh(Value low) => new(_names.Fresh(low.Name + "_fp32"), IrType.Tensor(ElementType.Float32, low.Shape));

    private bool IsCast(Node node) => node.Op.Is("Cast") && _within.Contains(node);

    private IEnumerable<Node> Users(Value value) => _graph.Uses.UsersOf(_graph.Uses.IdOf(value)).ToArray().Select(n => _graph.Nodes[n]);
}
