namespace GraphPartition.Compiler.Editing;

/// <summary>
/// Copies a graph with its bodies and changes names, types, data or metadata on the way. Types that nodes give are inferred again; what
/// <see cref="TypeOf"/> says about them counts as declared.
/// </summary>
/// <param name="rules">Infers types; <see cref="DeclaredTypes"/> keeps those that are there.</param>
/// <param name="scope">Receives the errors of inference.</param>
internal sealed class GraphCopy(IOperatorRules rules, BuildScope scope)
{
    private readonly Dictionary<Value, Value> _copies = [];

    /// <summary>The name of a value in the copy.</summary>
    public Func<Value, string> NameOf { get; init; } = v => v.Name;

    /// <summary>The name of a node in the copy.</summary>
    public Func<Node, string> NameOfNode { get; init; } = n => n.Name;

    /// <summary>The type of an input, or what is declared of a result; null: nothing is.</summary>
    public Func<Value, IrType?> TypeOf { get; init; } = v => v.Type;

    /// <summary>The elements of a constant.</summary>
    public Func<TensorData, TensorData> DataOf { get; init; } = data => data;

    /// <summary>Whether doc strings, properties and denotations stay.</summary>
    public bool KeepsMetadata { get; init; } = true;

    /// <summary>The copy of a main graph.</summary>
    public Graph Of(Graph graph) => Copy(graph);

    private Graph Copy(Graph graph)
    {
        var builder = new GraphBuilder(rules, scope, graph.Nodes.Length) { Name = graph.Name, Metadata = Kept(graph.Metadata) };
        foreach (Value v in graph.Inputs)
            _copies[v] = builder.Input(NameOf(v), TypeOf(v) ?? v.Type,
                graph.Defaults.GetValueOrDefault(v) is { } data ? DataOf(data) : null, Kept(v.Metadata));
        foreach (Value v in graph.Constants) _copies[v] = builder.Constant(NameOf(v), DataOf(v.Data!), Kept(v.Metadata));
        foreach (Node node in graph.Nodes)
        {
            AttributeMap attributes = node.Attributes.MapBodies(Body);
            if (!KeepsMetadata) attributes = AttributeMap.Of([.. attributes.Select(a => KeyValuePair.Create(a.Key, a.Value.With(null)))]);
            Node copy = builder.Add(node.Op, [.. node.Inputs.Select(v => v is null ? null : Of(v))],
                [.. node.Outputs.Select(v => v is null ? default : new OutputSpec(NameOf(v), TypeOf(v), Kept(v.Metadata)))],
                attributes, NameOfNode(node), node.Version, Kept(node.Metadata));
            for (int o = 0; o < copy.Outputs.Length; o++)
                if (copy.Outputs[o] is { } value) _copies[node.Outputs[o]!] = value;
        }
        return builder.Build([.. graph.Outputs.Select(Of)]);
    }

    private Graph Body(Graph body)
    {
        scope.BodyDepth++;
        Graph copy = Copy(body);
        scope.BodyDepth--;
        return copy;
    }

    private Value Of(Value value) => _copies.GetValueOrDefault(value, value);

    private Metadata? Kept(Metadata? metadata) => KeepsMetadata ? metadata : null;

    private ValueMetadata? Kept(ValueMetadata? metadata) => KeepsMetadata || metadata is null ? metadata
        : metadata.Quantization.IsEmpty ? null : new() { Quantization = metadata.Quantization };
}
