namespace GraphPartition.CompiledModels;

/// <summary>
/// Puts the weights of one graph into a compiled model whose graph has the same structure: the same operators, attributes, connections and
/// types. The plan stays as it is, because it does not depend on the numbers. Names stay too.
/// </summary>
public sealed class WeightReplacement
{
    private readonly Dictionary<Value, Value> _twins = new(ReferenceEqualityComparer.Instance); // a value here to the one there
    private readonly Dictionary<Value, Value> _replaced = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Value, (Node Node, int Place)> _producers = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<(Value? Here, Value? There, string Where)> _open = new();
    private string? _difference;

    private WeightReplacement() { }

    /// <summary>The compiled model with the weights of another graph.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="source">A graph of the same structure in the same opset.</param>
    /// <param name="difference">The first difference in structure; null if there is none.</param>
    /// <returns>Null if the structures differ.</returns>
    public static CompiledModel? Of(CompiledModel compiled, Graph source, out string? difference)
    {
        var replacement = new WeightReplacement();
        replacement.Collect(compiled.Model.Graph);
        replacement.Collect(source);
        replacement.Match(compiled.Model.Graph, source, "the graph");
        replacement.Match();
        difference = replacement._difference;
        return difference is not null ? null : compiled with
        {
            Model = compiled.Model with { Graph = replacement.Rebuild(compiled.Model.Graph) },
            Cut = compiled.Cut.WithValues(replacement.Of),
        };
    }

    private Value Of(Value value) => _replaced.GetValueOrDefault(value, value);

    /// <summary>
    /// Compares the values of the worklist, from results back to inputs: nodes of equal graphs may stand in different orders, but a result
    /// leads to one node, and its inputs have places.
    /// </summary>
    private void Match()
    {
        while (_difference is null && _open.TryPop(out var pair))
        {
            (Value? here, Value? there, string where) = pair;
            if (here is null || there is null)
            {
                if (here is null != there is null) _difference = $"{where} is missing in one of the two";
            }
            else if (_twins.TryGetValue(here, out Value? twin))
            {
                if (!ReferenceEquals(twin, there)) _difference = $"{where} comes from another place";
            }
            else if (_producers.TryGetValue(here, out var producer) && _producers.TryGetValue(there, out var other)
                && producer.Place == other.Place)
                Match(producer.Node, other.Node);
            else MatchConstants(here, there, where);
        }
    }

    private void Match(Graph here, Graph there, string where)
    {
        if (!Same(here.Inputs.Length, there.Inputs.Length, $"inputs of {where}")
            || !Same(here.Outputs.Length, there.Outputs.Length, $"outputs of {where}")) return;
        for (int i = 0; i < here.Inputs.Length; i++) Define(here.Inputs[i], there.Inputs[i], $"input '{here.Inputs[i].Name}'");
        for (int i = 0; i < here.Outputs.Length; i++) _open.Push((here.Outputs[i], there.Outputs[i], $"output '{here.Outputs[i].Name}'"));
    }

    private void Match(Node here, Node there)
    {
        string where = here.Label;
        if (here.Op != there.Op)
        {
            _difference ??= $"{where} is {there.Label} in the other model";
            return;
        }
        if (!Same(here.Inputs.Length, there.Inputs.Length, $"inputs of {where}")
            || !Same(here.Outputs.Length, there.Outputs.Length, $"outputs of {where}")) return;
        if (ContentKey.Of(here.Attributes) != ContentKey.Of(there.Attributes)) _difference ??= $"attributes of {where} differ";
        for (int i = 0; i < here.Outputs.Length; i++) Define(here.Outputs[i], there.Outputs[i], $"output {i} of {where}");
        for (int i = 0; i < here.Inputs.Length; i++) _open.Push((here.Inputs[i], there.Inputs[i], $"input {i} of {where}"));
        ImmutableArray<Graph> bodies = here.Attributes.Bodies(), others = there.Attributes.Bodies();
        if (!Same(bodies.Length, others.Length, $"bodies of {where}")) return;
        for (int i = 0; i < bodies.Length; i++) Match(bodies[i], others[i], $"a body of {where}");
    }

    private void Define(Value? here, Value? there, string where)
    {
        if (here is null != there is null || here?.ElementType != there?.ElementType) _difference ??= $"{where} differs";
        else if (here is not null) _twins[here] = there!;
    }

    private void MatchConstants(Value here, Value there, string where)
    {
        if (!here.IsConstant || !there.IsConstant || !here.Type.Equals(there.Type))
            _difference = $"{where}: '{here.Name}' is {here.Type}, the other model has {(there.IsConstant ? $"{there.Type}" : "another value there")}";
        else if (IsStructure(here) && !here.Data!.Digest.SequenceEqual(there.Data!.Digest))
            _difference = $"{where}: the numbers of '{here.Name}' are sizes, axes or indices, and differ";
        else
        {
            _twins[here] = there;
            _replaced[here] = new Value(here.Name, here.Type, there.Data, here.Elements);
        }
    }

    /// <summary>The nodes that define values, of bodies too.</summary>
    private void Collect(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            for (int i = 0; i < node.Outputs.Length; i++)
                if (node.Outputs[i] is { } output) _producers[output] = (node, i);
            foreach (Graph body in node.Attributes.Bodies()) Collect(body);
        }
    }

    /// <summary>Whole numbers of 64 bits, bools and texts decide shapes and branches; other numbers are weights.</summary>
    private static bool IsStructure(Value constant) =>
        constant.ElementType is ElementType.Int64 or ElementType.Bool or ElementType.String || constant.Elements is not null;

    private bool Same(int here, int there, string what)
    {
        if (here != there) _difference ??= $"the other model has {there} {what}, not {here}";
        return here == there;
    }

    private Graph Rebuild(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value v in graph.Constants) builder.Constant(Of(v));
        foreach (Node node in graph.Nodes)
            builder.Define(node.Op, [.. node.Inputs.Select(v => v is null ? null : Of(v))], node.Outputs.AsSpan(),
                node.Attributes.MapBodies(Rebuild), node.Name, node.Version, node.Metadata);
        return builder.Build([.. graph.Outputs.Select(Of)]);
    }
}
