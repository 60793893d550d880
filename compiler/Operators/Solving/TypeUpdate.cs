namespace GraphPartition.Operators.Solving;

/// <summary>
/// Gives the values of a graph more precise types, in place. This is safe for a graph that was just read, because it has no other owner.
/// Nodes behind a new rank are inferred again. <see cref="TypeRefiner"/> does the same with a copy, and also for graphs with bodies.
/// </summary>
/// <param name="operators">Infers the types of nodes.</param>
/// <param name="scope">Receives the errors of inference.</param>
/// <param name="typeOf">The new type of a value; its own type if nothing is new.</param>
internal sealed class TypeUpdate(OperatorTable operators, BuildScope scope, Func<Value, IrType> typeOf)
{
    private readonly ValueSet _ranked = new(); // values with a new rank, or new sizes
    private bool _hasRanked;
    private bool _foundMore;

    /// <summary>Updates the values of a graph.</summary>
    /// <returns>Whether inference found a rank that the new types do not contain. Then there may be more to solve.</returns>
    public bool Apply(Graph graph)
    {
        foreach (Value v in graph.Inputs) Set(v, typeOf(v), v.Elements);
        foreach (Node node in graph.Nodes)
        {
            bool isBehind = false;
            foreach (Value? v in node.Outputs)
                if (v is not null) isBehind |= Set(v, typeOf(v), v.Elements);
            foreach (Value? v in node.Inputs) isBehind |= _hasRanked && v is not null && _ranked.Contains(v);
            if (isBehind) Infer(node);
        }
        return _foundMore;
    }

    private void Infer(Node node)
    {
        var inference = new NodeInference(
            node.Op, node.Version, node.Inputs, node.Attributes, node.Outputs.Length, operators, scope, node.Name);
        operators.Infer(inference);
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (node.Outputs[i] is not { } v) continue;
            (IrType type, ImmutableArray<Dim>? elements) = inference.Result(i);
            if (IrType.Merge(type, v.Type) is not { } merged)
                inference.Report(ModelCodes.DeclaredTypeContradicts, $"output '{v.Name}' is {v.Type}, but the operator gives {type}");
            else if (!merged.Equals(v.Type) || (elements is not null && v.Elements is null))
                _foundMore |= Set(v, scope.Shared(merged), elements ?? v.Elements, isInferred: true);
        }
    }

    /// <summary>Sets a type.</summary>
    /// <returns>Whether the value has a new rank.</returns>
    private bool Set(Value value, IrType type, ImmutableArray<Dim>? elements, bool isInferred = false)
    {
        if (ReferenceEquals(type, value.Type) && !isInferred) return false;
        bool isRanked = value.Shape is null && type is TensorType { Shape: not null };
        value.Refine(type, elements);
        if (isRanked || isInferred) _hasRanked |= _ranked.Add(value);
        return isRanked;
    }
}
