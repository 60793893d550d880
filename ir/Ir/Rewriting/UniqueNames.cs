using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Rewriting;

/// <summary>
/// Gives each value of a graph and its bodies a name of its own, the one that it has in files and texts (<see cref="ValueNames"/>). In a
/// file a body may reuse names of other bodies, and of later values around it; then a name in a plan would not say which value it means.
/// </summary>
public static class UniqueNames
{
    /// <summary>The graph with unique names; the same reference where its names are unique.</summary>
    public static Graph Of(Graph graph)
    {
        if (!graph.Nodes.Any(n => n.Attributes.Count > 0 && !n.Attributes.Bodies().IsEmpty)) return graph;
        var names = new ValueNames(graph);
        return names.GivesOthers ? Renamed(graph, names, []) : graph;
    }

    private static Graph Renamed(Graph graph, ValueNames names, Dictionary<Value, Value> map)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name, Metadata = graph.Metadata };
        foreach (Value v in graph.Inputs) builder.Input(New(v), graph.Defaults.GetValueOrDefault(v));
        foreach (Value v in graph.Constants) builder.Constant(New(v));
        foreach (Node node in graph.Nodes)
        {
            AttributeMap attributes = node.Attributes.MapBodies(body => Renamed(body, names, map));
            Value?[] inputs = [.. node.Inputs.Select(v => v is null ? null : map.GetValueOrDefault(v, v))];
            Value?[] outputs = [.. node.Outputs.Select(v => v is null ? null : New(v))];
            builder.Define(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Metadata);
        }
        return builder.Build([.. graph.Outputs.Select(v => map.GetValueOrDefault(v, v))]);

        // Values whose name stays are shared.
        Value New(Value v) => map[v] = names[v] == v.Name ? v : new Value(names[v], v.Type, v.Data, v.Elements, v.Metadata);
    }
}
