using System.Runtime.InteropServices;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>The name of an output of a new node, and its type in the file.</summary>
/// <param name="Name">The value's name; empty: none; null: the optional output is left out.</param>
/// <param name="Declared">The type that the file declares, or null.</param>
/// <param name="Metadata">The metadata of the value, or null.</param>
public readonly record struct OutputSpec(string? Name, IrType? Declared = null, ValueMetadata? Metadata = null)
{
    /// <summary>
    /// An output that takes the place of a value: with its name, its type and its metadata; left out where there is none.
    /// </summary>
    public static OutputSpec Like(Value? value) => new(value?.Name, value?.Type, value?.Metadata);

    /// <summary>An output with a name and no declared type.</summary>
    public static implicit operator OutputSpec(string? name) => new(name);
}

/// <summary>
/// The only maker of graphs. Nodes are added in topological order; each is typed as it is added, so a graph never holds a
/// value without everything that is known of its type.
/// </summary>
/// <param name="rules">Infers output types.</param>
/// <param name="scope">What the builders of one model share; bodies take that of the graph around them.</param>
/// <param name="capacity">How many nodes are expected.</param>
public sealed class GraphBuilder(IOperatorRules rules, BuildScope? scope = null, int capacity = 0)
{
    private readonly List<Value> _inputs = [];
    private readonly List<Value> _constants = [];
    private readonly ImmutableArray<Node>.Builder _nodes = ImmutableArray.CreateBuilder<Node>(capacity);
    private ImmutableDictionary<Value, TensorData> _defaults = ImmutableDictionary<Value, TensorData>.Empty;
    private NodeInference? _inference; // of the last node, for the next one

    /// <summary>Infers output types.</summary>
    public IOperatorRules Rules { get; } = rules;

    /// <summary>What the builders of one model share.</summary>
    public BuildScope Scope { get; } = scope ?? new BuildScope();

    /// <summary>The graph's name in the file.</summary>
    public string Name { get; set; } = "";

    /// <summary>Documentation and metadata of the graph.</summary>
    public Metadata? Metadata { get; set; }

    /// <summary>A builder with the name, the metadata and the inputs of <paramref name="graph"/>: for a changed copy of it.</summary>
    public static GraphBuilder For(Graph graph, IOperatorRules rules, BuildScope? scope = null)
    {
        var builder = new GraphBuilder(rules, scope, graph.Nodes.Length) { Name = graph.Name, Metadata = graph.Metadata };
        foreach (Value v in graph.Inputs) builder.Input(v, graph.Defaults.GetValueOrDefault(v));
        return builder;
    }

    /// <summary>The nodes added so far.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The number of nodes added so far.</summary>
    public int NodeCount => _nodes.Count;

    /// <summary>Adds an input; <paramref name="otherwise"/> is its default.</summary>
    public Value Input(string name, IrType type, TensorData? otherwise = null, ValueMetadata? metadata = null)
    {
        var value = new Value(name, type, metadata: metadata);
        Input(value, otherwise);
        return value;
    }

    /// <summary>Adds an existing value as an input.</summary>
    public void Input(Value value, TensorData? otherwise = null)
    {
        _inputs.Add(value);
        if (otherwise is not null) _defaults = _defaults.SetItem(value, otherwise);
    }

    /// <summary>Adds a constant.</summary>
    public Value Constant(string name, TensorData data, ValueMetadata? metadata = null)
    {
        ImmutableArray<Dim>? elements = data.Dims.Length <= 1 && data.Element is ElementType.Int64 or ElementType.Int32
            && data.ToIntegers(BuildScope.MaxElements) is { } numbers ? Knowns(numbers) : null;
        var value = new Value(name, data.Type, data, elements, metadata);
        _constants.Add(value);
        return value;
    }

    /// <summary>Adds an existing constant.</summary>
    public void Constant(Value value)
    {
        if (!value.IsConstant) throw new ArgumentException($"{value} is not a constant", nameof(value));
        _constants.Add(value);
    }

    /// <summary>Adds a node with one output and returns that.</summary>
    public Value Op(OpName op, string output, ReadOnlySpan<Value?> inputs, AttributeMap? attributes = null) =>
        Add(op, inputs, [output], attributes, output).Outputs[0]!;

    /// <summary>Adds a node. The rules infer the types of its outputs; faults go to the scope's diagnostics.</summary>
    public Node Add(
        OpName op, ReadOnlySpan<Value?> inputs, ReadOnlySpan<OutputSpec> outputs, AttributeMap? attributes = null,
        string name = "", int version = 0, Metadata? metadata = null)
    {
        attributes ??= AttributeMap.Empty;
        op = Scope.Shared(op);
        ImmutableArray<Value?> ins = [.. inputs];
        NodeInference inference = Inference(op, version, ins, attributes, outputs.Length, name);

        var outs = new Value?[outputs.Length];
        for (int i = 0; i < outs.Length; i++)
        {
            if (outputs[i].Name is not { } outputName) continue;
            (IrType type, ImmutableArray<Dim>? elements) = inference.Result(i);
            if (outputs[i].Declared is { } declared)
            {
                IrType? merged = IrType.Merge(type, declared);
                if (merged is null)
                    Scope.Report(ModelCodes.DeclaredTypeContradicts.At(inference.Label,
                        $"output '{outputName}' is declared as {declared}, but the operator gives {type}"));
                type = merged ?? type;
            }
            outs[i] = new Value(outputName, Scope.Shared(type), null, elements, outputs[i].Metadata);
        }
        var node = new Node(op, name, ins, ImmutableCollectionsMarshal.AsImmutableArray(outs), inference.Attributes, version, metadata);
        _nodes.Add(node);
        _inference = inference;
        return node;
    }

    /// <summary>
    /// Adds a node that defines existing values: a call in place of the nodes that it stands for, or a node whose inputs were
    /// exchanged for equal ones. Nothing is inferred.
    /// </summary>
    public Node Define(
        OpName op, ReadOnlySpan<Value?> inputs, ReadOnlySpan<Value?> outputs, AttributeMap attributes,
        string name = "", int version = 0, Metadata? metadata = null)
    {
        var node = new Node(Scope.Shared(op), name, [.. inputs], [.. outputs], attributes, version, metadata);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Adds an existing node as it is. The values that it uses must be there.</summary>
    public void Append(Node node) => _nodes.Add(node);

    /// <summary>Exchanges the nodes added so far.</summary>
    internal void Map(Func<Node, Node> change)
    {
        for (int n = 0; n < _nodes.Count; n++) _nodes[n] = change(_nodes[n]);
    }

    /// <summary>The graph. The builder must not be used afterwards.</summary>
    public Graph Build(params ReadOnlySpan<Value> outputs)
    {
        ImmutableArray<Value> outs = [.. outputs];
        ImmutableArray<Value> captures = FreeValues(outs);
        return new(Name, [.. _inputs], [.. _constants], _nodes.ToImmutable(), outs, captures, _defaults, Metadata);
    }

    /// <summary>Values that are used and not defined here: what a body captures.</summary>
    private ImmutableArray<Value> FreeValues(ImmutableArray<Value> outputs)
    {
        const int Few = 64; // of a few nodes, old and new values lie far apart: bits for all between them would take longer than hashing
        Func<Value, bool> add = _nodes.Count <= Few ? new HashSet<Value>().Add : new ValueSet().Add;
        foreach (Value value in _inputs) add(value);
        foreach (Value value in _constants) add(value);
        ImmutableArray<Value>.Builder? free = null;
        foreach (Node node in _nodes)
        {
            foreach (Value? value in node.Inputs)
                if (value is not null) Use(value);
            foreach (Value value in node.Captures) Use(value);
            foreach (Value? value in node.Outputs)
                if (value is not null) add(value);
        }
        foreach (Value value in outputs) Use(value);
        return free?.ToImmutable() ?? [];

        void Use(Value value)
        {
            if (add(value)) (free ??= ImmutableArray.CreateBuilder<Value>()).Add(value);
        }
    }

    private NodeInference Inference(OpName op, int version, ImmutableArray<Value?> inputs, AttributeMap attributes, int count, string name)
    {
        if (_inference is { } inference) inference.Restart(op, version, inputs, attributes, count, name);
        else inference = new(op, version, inputs, attributes, count, Rules, Scope, name);
        _inference = null; // in use: the rules may build bodies
        Rules.Infer(inference);
        return inference;
    }

    private static ImmutableArray<Dim>? Knowns(long[] numbers)
    {
        foreach (long n in numbers)
            if (n < 0) return null; // -1 in Reshape and the like is not a size
        return [.. numbers.Select(n => Dim.Known(n))];
    }
}
