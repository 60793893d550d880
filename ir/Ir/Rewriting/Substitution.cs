using System.Runtime.InteropServices;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Rewriting;

/// <summary>
/// Exchanges values for others of the same type, in nodes and in the bodies inside them. Values that are not in the map, node
/// outputs among them, stay the same objects, so nothing behind the exchange changes.
/// </summary>
/// <param name="map">For each value to exchange its replacement.</param>
public sealed class Substitution(IReadOnlyDictionary<Value, Value> map)
{
    /// <summary>The replacement of <paramref name="value"/>, or itself where it has none.</summary>
    public Value Of(Value value) => map.GetValueOrDefault(value, value);

    /// <summary>Adds <paramref name="node"/> with its inputs, outputs and captures exchanged; shares it where none is in the map.</summary>
    public void Append(GraphBuilder builder, Node node) => builder.Append(Of(node));

    /// <summary>The node with its inputs, outputs and captures exchanged; itself where none is in the map.</summary>
    public Node Of(Node node)
    {
        AttributeMap attributes = HasAny(node.Captures.AsSpan()) ? node.Attributes.MapBodies(In) : node.Attributes;
        return ReferenceEquals(attributes, node.Attributes) && !HasAny(node.Inputs.AsSpan()) && !HasAny(node.Outputs.AsSpan()) ? node
            : new Node(node.Op, node.Name, Of(node.Inputs.AsSpan()), Of(node.Outputs.AsSpan()), attributes, node.Version, node.Metadata);
    }

    /// <summary>A body with its captures exchanged; itself where none is in the map.</summary>
    public Graph In(Graph body)
    {
        if (!HasAny(body.Captures.AsSpan())) return body;
        GraphBuilder builder = GraphBuilder.For(body, DeclaredTypes.Instance);
        foreach (Value v in body.Constants) builder.Constant(v);
        foreach (Node node in body.Nodes) Append(builder, node);
        return builder.Build([.. body.Outputs.Select(Of)]);
    }

    private bool HasAny(ReadOnlySpan<Value?> values)
    {
        foreach (Value? v in values)
            if (v is not null && map.ContainsKey(v)) return true;
        return false;
    }

    private ImmutableArray<Value?> Of(ReadOnlySpan<Value?> values)
    {
        var to = new Value?[values.Length];
        for (int i = 0; i < to.Length; i++) to[i] = values[i] is { } v ? Of(v) : null;
        return ImmutableCollectionsMarshal.AsImmutableArray(to);
    }
}
