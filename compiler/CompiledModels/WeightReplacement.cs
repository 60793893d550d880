namespace GraphPartition.CompiledModels;

/// <summary>
/// Puts the weights of one graph into a compiled model whose graph has the same structure: the same operators, attributes, connections and
/// types, in the same order. The plan stays as it is, because it does not depend on the numbers. Names stay too.
/// </summary>
public sealed class WeightReplacement
{
    private readonly Dictionary<Value, Value> _twins = new(ReferenceEqualityComparer.Instance); // a value here to the one there
    private readonly Dictionary<Value, Value> _replaced = new(ReferenceEqualityComparer.Instance);
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
        replacement.Match(compiled.Model.Graph, source, "the graph");
        difference = replacement._difference;
        return difference is not null ? null : compiled with
        {
            Model = compiled.Model with { Graph = replacement.Rebuild(compiled.Model.Graph) },
            Cut = compiled.Cut.WithWeights(replacement.Of),
        };
    }

    private Value Of(Value value) => _replaced.GetValueOrDefault(value, value);

    private void Match(Graph here, Graph there, string where)
    {
        if (!Same(here.Inputs.Length, there.Inputs.Length, $"inputs of {where}")
            || !Same(here.Nodes.Length, there.Nodes.Length, $"nodes of {where}")
            || !Same(here.Outputs.Length, there.Outputs.Length, $"outputs of {where}")) return;
        for (int i = 0; i < here.Inputs.Length; i++) Define(here.Inputs[i], there.Inputs[i], $"input '{here.Inputs[i].Name}'");
        for (int n = 0; n < here.Nodes.Length && _difference is null; n++) Match(here.Nodes[n], there.Nodes[n]);
        for (int i = 0; i < here.Outputs.Length && _difference is null; i++)
            Use(here.Outputs[i], there.Outputs[i], $"output '{here.Outputs[i].Name}'");
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
        for (int i = 0; i < here.Inputs.Length && _difference is null; i++) Use(here.Inputs[i], there.Inputs[i], $"input {i} of {where}");
        if (ContentKey.Of(here.Attributes) != ContentKey.Of(there.Attributes)) _difference ??= $"attributes of {where} differ";
        ImmutableArray<Graph> bodies = here.Attributes.Bodies(), others = there.Attributes.Bodies();
        if (!Same(bodies.Length, others.Length, $"bodies of {where}")) return;
        for (int i = 0; i < bodies.Length && _difference is null; i++) Match(bodies[i], others[i], $"a body of {where}");
        for (int i = 0; i < here.Outputs.Length && _difference is null; i++) Define(here.Outputs[i], there.Outputs[i], $"output {i} of {where}");
    }

    private void Define(Value? here, Value? there, string where)
    {
        if (here is null != there is null || here?.ElementType != there?.ElementType) _difference ??= $"{where} differs";
        else if (here is not null) _twins[here] = there!;
    }

    private void Use(Value? here, Value? there, string where)
    {
        if (here is null || there is null)
        {
            if (here is null != there is null) _difference ??= $"{where} is missing in one of the two";
        }
        else if (_twins.TryGetValue(here, out Value? twin))
        {
            if (!ReferenceEquals(twin, there)) _difference ??= $"{where} comes from another place";
        }
        else if (!here.IsConstant || !there.IsConstant || !here.Type.Equals(there.Type))
            _difference ??= $"{where}: '{here.Name}' is {here.Type}, the other model has {(there.IsConstant ? $"{there.Type}" : "no constant there")}";
        else if (IsStructure(here) && !here.Data!.Digest.SequenceEqual(there.Data!.Digest))
            _difference ??= $"{where}: the numbers of '{here.Name}' are sizes, axes or indices, and differ";
        else
        {
            _twins[here] = there;
            _replaced[here] = new Value(here.Name, here.Type, there.Data, here.Elements);
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
