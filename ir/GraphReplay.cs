namespace GraphPartition.Ir;

/// <summary>
/// Copies a graph node by node while a pass changes some of them. Untouched nodes are shared, nodes behind a change are
/// rebuilt and so re-typed; if nothing changed, <see cref="Finish"/> returns the source itself.
/// </summary>
public sealed class GraphReplay
{
    private readonly Dictionary<Value, Value> _map = []; // only values that changed
    private bool _changed;

    /// <summary>Starts a copy of <paramref name="source"/>: inputs and constants are there, nodes are up to the caller.</summary>
    public GraphReplay(Graph source, IOperatorRules rules, BuildScope? scope = null)
    {
        Source = source;
        Builder = new GraphBuilder(rules, scope) { Name = source.Name, Notes = source.Notes };
        foreach (Value v in source.Inputs) Builder.Input(v, source.Defaults.GetValueOrDefault(v));
    }

    /// <summary>The graph being copied.</summary>
    public Graph Source { get; }

    /// <summary>Where new nodes and constants go; nodes added here are ahead of the source's next one.</summary>
    public GraphBuilder Builder { get; }

    /// <summary>What stands for a value of the source in the copy.</summary>
    public Value Map(Value value) => _map.GetValueOrDefault(value, value);

    /// <summary>From now on <paramref name="with"/>, a value of the copy, stands for <paramref name="value"/> of the source.</summary>
    public void Replace(Value value, Value with)
    {
        _changed = true;
        if (!ReferenceEquals(value, with)) _map[value] = with;
    }

    /// <summary>Leaves a node out; its outputs must have been replaced or must be unused.</summary>
    public void Drop() => _changed = true;

    /// <summary>Copies a node, with changed attributes where given; shares it where neither they nor its inputs changed.</summary>
    public void Keep(Node node, AttributeMap? attributes = null)
    {
        attributes ??= node.Attributes;
        if (_map.Count > 0 && node.Captures.Any(_map.ContainsKey))
            attributes = attributes.MapBodies(MapCaptures);
        if (ReferenceEquals(attributes, node.Attributes) && !UsesChanged(node))
        {
            Builder.Append(node);
            return;
        }
        _changed = true;
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = node.Inputs[i] is { } v ? Map(v) : null;
        var outputs = new OutputSpec[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = node.Outputs[i]?.Name;
        Node copy = Builder.Add(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Notes);
        for (int i = 0; i < outputs.Length; i++)
            if (node.Outputs[i] is { } old) _map[old] = copy.Outputs[i]!;
    }

    /// <summary>The copy, with all constants of the source; the source itself where nothing changed.</summary>
    public Graph Finish()
    {
        if (!_changed) return Source;
        foreach (Value v in Source.Constants) Builder.Constant(v);
        var outputs = new Value[Source.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = Map(Source.Outputs[i]);
        return Builder.Build(outputs);
    }

    /// <summary>Replays a body whose captures changed.</summary>
    private Graph MapCaptures(Graph body)
    {
        if (!body.Captures.Any(_map.ContainsKey)) return body;
        var replay = new GraphReplay(body, Builder.Rules, Builder.Scope);
        foreach (Value v in body.Captures)
            if (_map.TryGetValue(v, out Value? with)) replay.Replace(v, with);
        foreach (Node node in body.Nodes) replay.Keep(node);
        return replay.Finish();
    }

    private bool UsesChanged(Node node)
    {
        if (_map.Count == 0) return false;
        foreach (Value? v in node.Inputs)
            if (v is not null && _map.ContainsKey(v)) return true;
        return false;
    }
}
