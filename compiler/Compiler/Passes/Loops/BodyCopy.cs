namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>
/// One copy of a body's nodes in the graph around it. Each copy defines its own values under new names. Types are inferred
/// again, since more may be known of the inputs than of those of the body.
/// </summary>
/// <param name="builder">Takes the copy.</param>
/// <param name="outside">Maps a value that the body captures.</param>
/// <param name="number">The number of the copy, which makes the names of its nodes unique.</param>
/// <param name="context">Makes the names of values.</param>
internal sealed class BodyCopy(GraphBuilder builder, Func<Value, Value> outside, int number, PassContext context)
{
    private readonly Dictionary<Value, Value> _map = [];

    /// <summary>From now on <paramref name="with"/> represents a value of the body.</summary>
    public void Set(Value value, Value with) => _map[value] = with;

    /// <summary>The value that represents a value of the body, or one that it captures.</summary>
    public Value Of(Value value) => _map.TryGetValue(value, out Value? with) ? with : value.IsConstant ? value : outside(value);

    /// <summary>Copies a node.</summary>
    public void Append(Node node)
    {
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : node.Attributes.MapBodies(Inner);
        bool isKnown = context.Operators.Find(node.Op)?.Schema is not null; // else only the file tells the types of its outputs
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = node.Inputs[i] is { } v ? Of(v) : null;
        var outputs = new OutputSpec[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = node.Outputs[i] is { } v ? new(context.Fresh(v.Name), isKnown ? null : v.Type) : default;
        Node copy = builder.Add(
            node.Op, inputs, outputs, attributes, node.Name.Length == 0 ? "" : $"{node.Name}/{number}", node.Version, node.Metadata);
        for (int i = 0; i < outputs.Length; i++)
            if (node.Outputs[i] is { } v) _map[v] = copy.Outputs[i]!;
    }

    /// <summary>A body inside the body, which defines its own values too.</summary>
    private Graph Inner(Graph body)
    {
        var copy = new GraphBuilder(builder.Rules, builder.Scope) { Name = body.Name, Metadata = body.Metadata };
        var inner = new BodyCopy(copy, Of, number, context);
        foreach (Value v in body.Inputs) inner.Set(v, copy.Input(context.Fresh(v.Name), v.Type, body.Defaults.GetValueOrDefault(v)));
        foreach (Value v in body.Constants) inner.Set(v, copy.Constant(context.Fresh(v.Name), v.Data!));
        foreach (Node node in body.Nodes) inner.Append(node);
        var outputs = new Value[body.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = inner.Of(body.Outputs[i]);
        return copy.Build(outputs);
    }
}
