namespace GraphPartition.MixedPrecision.Ranges;

/// <summary>
/// A graph that also computes, as values of its own, the FP32 values in its bodies, flat. A branch of an If that does not run gives no
/// numbers; a Loop or Scan gives those of all iterations one after the other, which needs values of one size that each iteration computes.
/// So an If inside a Loop, or a size that is not known, hides a value.
/// </summary>
internal sealed class BodyValues
{
    private readonly GraphBuilder _builder;

    private BodyValues(Graph graph)
    {
        _builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value constant in graph.Constants) _builder.Constant(constant);
    }

    /// <summary>For each value in a body of the graph, at any depth, what has its numbers.</summary>
    private Dictionary<Value, Value> Seen { get; } = [];

    /// <summary>Makes the graph.</summary>
    /// <param name="graph">The graph. Its nodes without bodies and its outputs stay.</param>
    /// <returns>The graph, and for each value in a body that it shows the value that has its numbers.</returns>
    public static (Graph Graph, IReadOnlyDictionary<Value, Value> Seen) In(Graph graph)
    {
        var values = new BodyValues(graph);
        values.AddNodes(graph);
        return (values._builder.Build(graph.Outputs.AsSpan()), values.Seen);
    }

    private void AddNodes(Graph graph)
    {
        foreach (Node node in graph.Nodes)
            if (node.Attributes.Bodies().IsEmpty || !(node.Op.Is("If") || node.Op.Is("Loop") || node.Op.Is("Scan"))) _builder.Append(node);
            else AddFlow(node);
    }

    private void AddFlow(Node node)
    {
        ImmutableArray<Graph> bodies = node.Attributes.Bodies();
        (BodyValues Values, Graph Body, Value[] Shown)[] inner = [.. bodies.Select(body =>
        {
            var values = new BodyValues(body);
            values.AddNodes(body);
            foreach (Value v in body.Inputs.Concat(body.Nodes.SelectMany(n => n.Outputs)).OfType<Value>())
                if (v.ElementType == ElementType.Float32) values.Seen.TryAdd(v, v);
            bool isBranch = node.Op.Is("If");
            return (values, body, (Value[])[.. values.Seen.Keys.Where(v => isBranch || values.Seen[v].Shape is { IsStatic: true })]);
        })];
        var copies = new Dictionary<Graph, Graph>(ReferenceEqualityComparer.Instance);
        foreach (var (values, body, _) in inner) // each body gives the results of all: those of the other branch are empty
            copies[body] = values._builder.Build([.. body.Outputs,
                .. inner.SelectMany(i => i.Shown.Select(v => i.Body == body ? values.Flat(v) : values.None(v)))]);
        AttributeMap attributes = node.Attributes.MapBodies(body => copies[body]);
        int own = bodies[0].Outputs.Length - (node.Op.Is("Loop") ? 1 : 0), more = inner.Sum(i => i.Shown.Length);
        foreach (string name in (string[])["scan_output_axes", "scan_output_directions"])
            if (attributes[name] is IntsAttribute { Values: var given })
                attributes = attributes.With(name, new IntsAttribute([.. given, .. new long[more]]));
        Value?[] outputs = [.. node.Outputs, .. new Value?[Math.Max(0, own - node.Outputs.Length)],
            .. inner.SelectMany(i => i.Shown).Select(v => Seen[v] = new Value(v.Name + "_seen", IrType.Tensor(ElementType.Float32, null)))];
        _builder.Define(node.Op, node.Inputs.AsSpan(), outputs, attributes, node.Name, node.Version, node.Metadata);
    }

    private Value Flat(Value value)
    {
        Value from = Seen[value], to = new(value.Name + "_flat", IrType.Tensor(ElementType.Float32, Shape.OfRank(1)));
        Value shape = _builder.Constant(value.Name + "_flat_shape", TensorData.Int64s(-1));
        _builder.Define("Reshape", [from, shape], [to], AttributeMap.Empty);
        return to;
    }

    private Value None(Value value)
    {
        Value empty = _builder.Constant(value.Name + "_empty", TensorData.Floats([], 0));
        var copy = new Value(value.Name + "_none", empty.Type);
        _builder.Define("Identity", [empty], [copy], AttributeMap.Empty);
        return copy;
    }
}
