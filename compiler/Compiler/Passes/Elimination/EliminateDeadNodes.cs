using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Drops nodes and constants that no output depends on, and unused optional outputs at the end of a node (the mask of Dropout,
/// the statistics of BatchNormalization). ONNX operators have no effects besides their outputs, so any node may go. Bodies are
/// cleaned first: values that they no longer capture may be unused outside.
/// </summary>
public sealed class EliminateDeadNodes : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        var live = new ValueSet();
        foreach (Value v in graph.Outputs) live.Add(v);
        var kept = new Node?[graph.Nodes.Length];
        bool isChanged = false;
        for (int n = kept.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            if (IsLive(node, live)) kept[n] = Cleaned(node, live, context);
            isChanged |= !ReferenceEquals(kept[n], node);
            if (kept[n] is not { } alive) continue;
            foreach (Value? v in alive.Inputs)
                if (v is not null) live.Add(v);
            foreach (Value v in alive.Captures) live.Add(v);
        }
        foreach (Value v in graph.Constants) isChanged |= !live.Contains(v);
        if (!isChanged) return graph;

        GraphBuilder builder = GraphBuilder.For(graph, context.Operators, context.Scope);
        foreach (Value v in graph.Constants)
            if (live.Contains(v)) builder.Constant(v);
        foreach (Node? node in kept)
            if (node is not null) builder.Append(node);
        return builder.Build(graph.Outputs.AsSpan());
    }

    // Apart from its caller: the closure would cost an object for each node of the graph.
    private AttributeMap CleanedBodies(AttributeMap attributes, PassContext context) => attributes.MapBodies(b => Run(b, context));

    private static bool IsLive(Node node, ValueSet live)
    {
        foreach (Value? v in node.Outputs)
            if (v is not null && live.Contains(v)) return true;
        return false;
    }

    /// <summary>The node without dead nodes in its bodies and without unused optional outputs; itself where there are none.</summary>
    private Node Cleaned(Node node, ValueSet live, PassContext context)
    {
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : CleanedBodies(node.Attributes, context);
        int count = node.Outputs.Length, fewest = count > 1 ? OperatorDefinitions.Of(node.Op).FewestOutputs?.Invoke(node) ?? 1 : 1;
        OperatorSchema? schema = null;
        while (count > fewest && (node.Outputs[count - 1] is not { } last || !live.Contains(last)))
        {
            schema ??= node.Version == 0 ? context.Operators.Find(node.Op)?.Schema : null;
            if (schema?.Output(count - 1) is not { Arity: Arity.Optional }) break;
            count--;
        }
        if (count == node.Outputs.Length && ReferenceEquals(attributes, node.Attributes)) return node;
        return new GraphBuilder(context.Operators, context.Scope)
            .Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan()[..count], attributes, node.Name, node.Version, node.Metadata);
    }
}
