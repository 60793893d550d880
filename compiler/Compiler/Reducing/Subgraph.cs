using GraphPartition.CompiledModels;

namespace GraphPartition.Compiler.Reducing;

/// <summary>
/// Parts of a graph as graphs of their own. Values that come from outside are inputs, with the types that inference gave them.
/// </summary>
public static class Subgraph
{
    /// <summary>Some nodes. Results are what the rest or the graph's outputs use.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">Places of nodes, ascending.</param>
    public static Graph? OfNodes(Graph graph, IReadOnlyList<int> nodes)
    {
        GraphSegment part = GraphSegment.Of(graph, [.. nodes], isEngine: true);
        return part.Outputs.IsEmpty || part.Inputs.Any(v => v.Type is not TensorType) ? null
            : part.Extract(graph, weightsAsInputs: false, graph.Name);
    }

    /// <summary>What some of the outputs need, back to the inputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outputs">Places of outputs, ascending.</param>
    public static Graph? WithOutputs(Graph graph, IReadOnlyList<int> outputs) =>
        Between(graph, ImmutableHashSet<Value>.Empty, [.. outputs.Select(o => graph.Outputs[o])]);

    /// <summary>The nodes that outputs need, back to some values, which become inputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="from">Values at which the part starts; the graph's inputs always do.</param>
    /// <param name="to">The outputs.</param>
    /// <returns>Null if no node is between.</returns>
    public static Graph? Between(Graph graph, IReadOnlySet<Value> from, IReadOnlyList<Value> to)
    {
        GraphUses uses = graph.Uses;
        SortedSet<int> nodes = [];
        Stack<Value> open = new(to);
        while (open.TryPop(out Value? value))
        {
            if (from.Contains(value) || uses.ProducerOf(value) is not (>= 0 and var producer) || !nodes.Add(producer)) continue;
            foreach (Value? input in graph.Nodes[producer].Inputs)
                if (input is not null) open.Push(input);
            foreach (Value capture in graph.Nodes[producer].Captures) open.Push(capture);
        }
        if (nodes.Count == 0) return null;
        GraphSegment part = GraphSegment.Of(graph, [.. nodes], isEngine: true);
        return (part with { Outputs = [.. to.Where(v => uses.ProducerOf(v) is >= 0 and var p && nodes.Contains(p)).Distinct()] })
            .Extract(graph, weightsAsInputs: false, graph.Name);
    }

    /// <summary>
    /// The graph with some nodes of a body only. What the others gave becomes inputs of the graph, which the body captures. Nodes that
    /// give results of the body stay.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">The place of the node with the body.</param>
    /// <param name="body">Which of its bodies.</param>
    /// <param name="kept">Places of nodes in the body, ascending.</param>
    internal static Graph? WithBody(Graph graph, int node, int body, IReadOnlyList<int> kept)
    {
        Graph inside = graph.Nodes[node].Attributes.Bodies()[body];
        HashSet<Value> results = [.. inside.Outputs];
        HashSet<int> stay = [.. kept, .. Enumerable.Range(0, inside.Nodes.Length)
            .Where(n => inside.Nodes[n].Outputs.Any(v => v is not null && results.Contains(v)))];
        if (stay.Count == inside.Nodes.Length) return null;
        GraphBuilder smaller = GraphBuilder.For(inside, DeclaredTypes.Instance);
        foreach (Value constant in inside.Constants) smaller.Constant(constant);
        HashSet<Value> gone = [];
        for (int n = 0; n < inside.Nodes.Length; n++)
            if (stay.Contains(n)) smaller.Append(inside.Nodes[n]);
            else gone.UnionWith(inside.Nodes[n].Outputs.OfType<Value>());
        Graph left = smaller.Build(inside.Outputs.AsSpan());
        gone.IntersectWith(left.Captures);
        if (gone.Any(v => v.Type is not TensorType)) return null;

        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value v in gone) builder.Input(v);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node here = graph.Nodes[n];
            int at = 0;
            if (n != node) builder.Append(here);
            else builder.Define(here.Op, here.Inputs.AsSpan(), here.Outputs.AsSpan(),
                here.Attributes.MapBodies(b => at++ == body ? left : b),
                here.Name, here.Version, here.Metadata);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }

    /// <summary>
    /// A body as a graph of its own. What the node around it gives to the body, and what the body captures, becomes inputs.
    /// </summary>
    /// <param name="inside">The body.</param>
    /// <returns>Null if no node gives a result, or an input is not a tensor.</returns>
    internal static Graph? OfBody(Graph inside)
    {
        Value[] inputs = [.. inside.Inputs, .. inside.Captures.Where(v => !v.IsConstant)];
        HashSet<Value> computed = [.. inside.Nodes.SelectMany(n => n.Outputs).OfType<Value>()];
        Value[] outputs = [.. inside.Outputs.Where(computed.Contains).Distinct()];
        if (outputs.Length == 0 || inputs.Any(v => v.Type is not TensorType)) return null;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = inside.Name };
        foreach (Value v in inputs) builder.Input(v);
        foreach (Value constant in inside.Constants.Concat(inside.Captures.Where(v => v.IsConstant))) builder.Constant(constant);
        foreach (Node node in inside.Nodes) builder.Append(node);
        return builder.Build(outputs);
    }
}
