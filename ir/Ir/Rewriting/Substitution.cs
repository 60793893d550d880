using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Rewriting;

/// <summary>
/// Values to be exchanged for others of the same type, in nodes and in the bodies inside them. Values that are not in the
/// map, results among them, keep their identity, so nothing behind the exchange changes.
/// </summary>
/// <param name="map">What stands for a value from now on.</param>
public sealed class Substitution(IReadOnlyDictionary<Value, Value> map)
{
    /// <summary>What stands for <paramref name="value"/>.</summary>
    public Value Of(Value value) => map.GetValueOrDefault(value, value);

    /// <summary>Adds <paramref name="node"/> with its inputs, outputs and captures exchanged; shared where none is concerned.</summary>
    public void Append(GraphBuilder builder, Node node)
    {
        AttributeMap attributes = Concerns(node.Captures.AsSpan()) ? node.Attributes.MapBodies(In) : node.Attributes;
        if (ReferenceEquals(attributes, node.Attributes) && !Concerns(node.Inputs.AsSpan()) && !Concerns(node.Outputs.AsSpan()))
            builder.Append(node);
        else
            builder.Define(node.Op, Of(node.Inputs.AsSpan()), Of(node.Outputs.AsSpan()), attributes, node.Name, node.Version,
                node.Metadata);
    }

    private Graph In(Graph body)
    {
        if (!Concerns(body.Captures.AsSpan())) return body;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = body.Name, Metadata = body.Metadata };
        foreach (Value v in body.Inputs) builder.Input(v, body.Defaults.GetValueOrDefault(v));
        foreach (Value v in body.Constants) builder.Constant(v);
        foreach (Node node in body.Nodes) Append(builder, node);
        return builder.Build([.. body.Outputs.Select(Of)]);
    }

    private bool Concerns(ReadOnlySpan<Value?> values)
    {
        foreach (Value? v in values)
            if (v is not null && map.ContainsKey(v)) return true;
        return false;
    }

    private Value?[] Of(ReadOnlySpan<Value?> values)
    {
        var to = new Value?[values.Length];
        for (int i = 0; i < to.Length; i++) to[i] = values[i] is { } v ? Of(v) : null;
        return to;
    }
}
