namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// Sizes in a graph that have no bound, once those of the graph's inputs have one. An engine cannot be built for them. Most graphs have no
/// value whose sizes depend on more than the sizes of inputs: then nothing is analyzed.
/// </summary>
internal sealed class UnboundedSizes
{
    private readonly Graph _graph;
    private readonly IReadOnlySet<string>? _given;
    private readonly GraphBounds? _bounds;
    private HashSet<Value>? _fromShapes;

    /// <summary>Finds them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="rules">The shape rules of all operators.</param>
    /// <param name="given">Names of values whose sizes the user gives; null: none.</param>
    public UnboundedSizes(Graph graph, IOperatorRules rules, IReadOnlySet<string>? given)
    {
        (_graph, _given) = (graph, given);
        if (!HasOpen(graph)) return;
        BoundsQuestion question = BoundsQuestion.Existence;
        if (given is { Count: > 0 })
            question = question with
            {
                Given = v => given.Contains(v.Name) && v.Shape is { } shape
                    ? new ValueBounds([.. shape.Dims.Select(_ => question.OpenSize)]) : null,
            };
        _bounds = GraphBounds.Of(graph, rules, question);
    }

    /// <summary>Whether all sizes of the graph have a bound, because they follow from those of the inputs.</summary>
    public bool AreBounded => _bounds is null;

    /// <summary>Whether nothing bounds a size of a value that a node of the graph computes.</summary>
    public bool Has(Value value) =>
        _bounds is not null && value.Shape is not null && GraphBounds.IsOpen(value)
        && _given?.Contains(value.Name) != true && !_bounds.IsBounded(value);

    /// <summary>
    /// The input from which a node takes sizes that nothing bounds, although it is computed from data: TensorRT computes sizes from
    /// shapes and constants only, and takes no others. Null where there is none.
    /// </summary>
    public Value? FromData(Node node)
    {
        if (_bounds is null || !node.Outputs.Any(v => v is not null && Has(v)) || !node.Attributes.Bodies().IsEmpty) return null;
        if (node.Inputs.Any(v => v is not null && Has(v))) return null; // unbounded before
        bool isData = node.Inputs.Length > 1 && !node.Op.Is("Range"); // the first input
        for (int i = isData ? 1 : 0; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is { IsConstant: false } sizes && MayBeShape(sizes) && !FromShapes.Contains(sizes)) return sizes;
        return null;
    }

    /// <summary>Values that follow from shapes, from constants, and from inputs that may be shapes.</summary>
    private HashSet<Value> FromShapes
    {
        get
        {
            if (_fromShapes is not null) return _fromShapes;
            HashSet<Value> found = [.. _graph.Inputs.Where(MayBeShape)];
            foreach (Node node in _graph.Nodes)
            {
                bool follows = node.Op.Is("Shape") || node.Op.Is("Size")
                    || (node.Attributes.Bodies().IsEmpty && node.Inputs.All(v => v is null or { IsConstant: true } || found.Contains(v)));
                if (follows) found.UnionWith(node.Outputs.OfType<Value>());
            }
            return _fromShapes = found;
        }
    }

    private static bool HasOpen(Graph graph)
    {
        IrType? settled = null; // neighbors often share one type
        foreach (Node node in graph.Nodes)
            foreach (Value? v in node.Outputs)
            {
                if (v is null || ReferenceEquals(v.Type, settled)) continue;
                if (GraphBounds.IsOpen(v)) return true;
                settled = v.Type;
            }
        return false;
    }

    private static bool MayBeShape(Value value) =>
        value.ElementType is ElementType.Int64 or ElementType.Int32 && value.Shape is { Rank: <= 1 };
}
