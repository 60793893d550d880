namespace GraphPartition.CompiledModels;

/// <summary>A graph in which groups, those in bodies at any depth too, are single nodes. The others keep their nodes.</summary>
public static class Contraction
{
    /// <summary>Contracts a graph.</summary>
    /// <param name="flat">The graph with all nodes.</param>
    /// <param name="cut">Its cut; nodes come in the order of its segments.</param>
    /// <param name="define">
    /// Adds the node of a group to the graph that the group is in, with the group's outputs. Returns false if the group keeps its nodes.
    /// </param>
    public static Graph Of(Graph flat, Cut cut, Func<Graph, GraphBuilder, TrtNode, bool> define)
    {
        GraphBuilder builder = Like(flat);
        Dictionary<int, TrtNode> groups = cut.Groups.ToDictionary(g => g.Segment.Index);
        ILookup<int, BodyCut> bodies = cut.Bodies.ToLookup(b => b.Node);
        foreach (GraphSegment segment in cut.Segments)
        {
            if (groups.TryGetValue(segment.Index, out TrtNode? group) && define(flat, builder, group)) continue;
            foreach (int n in segment.Nodes)
            {
                var inside = bodies[n].ToDictionary(b => b.Body, b => b.Cut);
                int index = 0;
                Append(builder, flat.Nodes[n], body => inside.TryGetValue(index++, out Cut? inner) ? Of(body, inner, define) : body);
            }
        }
        return builder.Build(flat.Outputs.AsSpan());
    }

    /// <summary>A builder with the inputs and constants of a graph; the nodes are up to the caller.</summary>
    /// <param name="graph">The graph.</param>
    internal static GraphBuilder Like(Graph graph)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name, Metadata = graph.Metadata };
        foreach (Value v in graph.Inputs) builder.Input(v, graph.Defaults.GetValueOrDefault(v));
        foreach (Value v in graph.Constants) builder.Constant(v);
        return builder;
    }

    /// <summary>Appends a node with other bodies.</summary>
    /// <param name="builder">The graph to append to.</param>
    /// <param name="node">The node.</param>
    /// <param name="mapBody">Returns what takes the place of a body.</param>
    internal static void Append(GraphBuilder builder, Node node, Func<Graph, Graph> mapBody)
    {
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : node.Attributes.MapBodies(mapBody);
        if (ReferenceEquals(attributes, node.Attributes)) builder.Append(node);
        else builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), attributes, node.Name, node.Version, node.Metadata);
    }
}
