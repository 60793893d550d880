using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// Copies a graph with more precise types. Nodes behind a new rank are inferred again, because rules can then find dimensions too. A node
/// with new element types only is copied with them, because inference could not add anything.
/// </summary>
/// <param name="operators">Infers the types of nodes.</param>
/// <param name="scope">Receives the errors of inference.</param>
/// <param name="typeOf">The type of a value in the copy; the same object as the value's type if nothing is new.</param>
public sealed class TypeRefiner(OperatorTable operators, BuildScope scope, Func<Value, IrType> typeOf)
{
    /// <summary>Whether inference found a rank that the new types do not contain.</summary>
    public bool FoundMore { get; private set; }

    /// <summary>The graph with the new types; the same object if there are none.</summary>
    public Graph Of(Graph graph) => Of(graph, isBody: false);

    private Graph Of(Graph graph, bool isBody)
    {
        if (isBody) scope.BodyDepth++;
        var copy = new Copy(this, graph, isBody);
        foreach (Node node in graph.Nodes) copy.Add(node);
        if (isBody) scope.BodyDepth--;
        return copy.Finish();
    }

    private IrType TypeOf(Value value) => typeOf(value);

    private OperatorTable Operators => operators;

    private BuildScope Scope => scope;

    /// <summary>The copy of one graph or body.</summary>
    private sealed class Copy(TypeRefiner refiner, Graph graph, bool isBody) : GraphRewriter(
        graph, refiner.Operators, refiner.Scope, isBody, [.. graph.Inputs.Select(refiner.TypeOf)])
    {
        public void Add(Node node)
        {
            AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes
                : node.Attributes.MapBodies(body => refiner.Of(body, isBody: true));
            bool isNew = false;
            foreach (Value? v in node.Outputs) isNew |= v is not null && !ReferenceEquals(refiner.TypeOf(v), v.Type);
            if (isNew && HasOnlyNewElements(node))
            {
                Define(node);
                return;
            }
            Node copy = Keep(node, attributes, isNew);
            for (int i = 0; i < node.Outputs.Length; i++)
                refiner.FoundMore |= node.Outputs[i] is { Shape: null } v && copy.Outputs[i]!.Shape is not null
                    && refiner.TypeOf(v) is not TensorType { Shape: not null };
        }

        /// <inheritdoc/>
        protected override OutputSpec SpecOf(Value output) => new(output.Name, refiner.TypeOf(output), output.Metadata);

        /// <summary>Whether inference cannot add anything: no rank is new, and all element types of results are known.</summary>
        private bool HasOnlyNewElements(Node node)
        {
            foreach (Value? v in node.Inputs)
                if (v is not null && !ReferenceEquals(Map(v).Shape, v.Shape)) return false;
            foreach (Value? v in node.Outputs)
                if (v is not null && (refiner.TypeOf(v) is not TensorType { Element: not ElementType.Undefined } type
                    || !ReferenceEquals(type.Shape, v.Shape))) return false;
            return node.Attributes.Count == 0 || node.Attributes.Bodies().IsEmpty;
        }

        private void Define(Node node)
        {
            var inputs = new Value?[node.Inputs.Length];
            for (int i = 0; i < inputs.Length; i++) inputs[i] = Input(node, i);
            var outputs = new Value?[node.Outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
                if (node.Outputs[i] is { } old)
                    Replace(old, outputs[i] = ReferenceEquals(refiner.TypeOf(old), old.Type) ? old
                        : new Value(old.Name, refiner.TypeOf(old), null, old.Elements, old.Metadata));
            Builder.Define(node.Op, inputs, outputs, node.Attributes, node.Name, node.Version, node.Metadata);
        }
    }
}
