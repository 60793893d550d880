namespace GraphPartition.CompiledModels;

/// <summary>
/// A partitioned model: the flat graph, and its cut into engine groups and fallback segments. <see cref="CompiledModelFormat"/> writes
/// it as a valid ONNX model and reads it back.
/// </summary>
/// <param name="Model">The model with a flat graph: no TrtNode calls.</param>
/// <param name="Cut">How the graph is cut.</param>
/// <param name="Plan">The plan as JSON, for people and tools; the runtime does not read it.</param>
public sealed record CompiledModel(Model Model, Cut Cut, string Plan)
{
    /// <summary>The libraries that the model was compiled with.</summary>
    public ImmutableArray<UsedLibrary> Libraries { get; init; } = [];

    /// <summary>
    /// What <see cref="ContentKey.StructureOf"/> gave when the model was compiled, as its file says. Null: it was not read from a file, or
    /// an earlier version wrote the file.
    /// </summary>
    public string? Structure { get; init; }

    /// <summary>The version of the standard operators that the nodes are in; 0: the model uses none.</summary>
    public int Opset => Model.Opsets.GetValueOrDefault("");

    /// <summary>The engine groups, those in bodies at any depth too, in the order of their numbers.</summary>
    public IEnumerable<TrtNode> AllGroups => Cut.AllGroups;

    /// <summary>The same groups, each with the graph that it is in.</summary>
    public IEnumerable<PlacedGroup> PlacedGroups => Cut.Place(Model);

    /// <summary>The same model with other groups (<see cref="Cut.WithGroups"/>).</summary>
    /// <param name="change">Returns what takes the place of a group; the segment must stay.</param>
    public CompiledModel WithGroups(Func<TrtNode, TrtNode> change) => this with { Cut = Cut.WithGroups(change) };

    /// <summary>This compiled model in an older opset: the new nodes of an old node are in the segment of the old one.</summary>
    /// <param name="lowered">Its model in that opset.</param>
    public CompiledModel Follow(LoweredModel lowered) =>
        this with { Model = lowered.Model, Cut = Cut.Follow(Model.Graph, lowered.Model.Graph, lowered) };

    /// <summary>
    /// A group, or a part of one, as a compiled model of its own, with its engines. Its inputs and outputs are those of the group.
    /// </summary>
    /// <param name="group">One of <see cref="PlacedGroups"/>, perhaps with other engines or fewer nodes.</param>
    public CompiledModel Alone(PlacedGroup group)
    {
        Graph graph = group.Segment.Extract(group.Graph, weightsAsInputs: false, $"TrtNode_{group.Group.Id}");
        Cut cut = Cut.Of(graph, new int[graph.Nodes.Length], [true],
            (_, segment) => group.Group with { Segment = segment with { Inputs = graph.Inputs, Outputs = graph.Outputs } }, []);
        return this with { Model = Model with { Graph = graph }, Cut = cut, Plan = "" };
    }

    /// <summary>
    /// The bodies of a node, each as a model of its own: what a body captures are inputs behind its own, and captured constants
    /// are its constants. Its nodes keep their places, so the cut stays; a body without groups is one fallback segment.
    /// </summary>
    /// <param name="node">The node's place in the graph.</param>
    public ImmutableArray<CompiledModel> BodiesOf(int node)
    {
        var cuts = Cut.Bodies.Where(b => b.Node == node).ToDictionary(b => b.Body, b => b.Cut);
        return [.. Model.Graph.Nodes[node].Attributes.Bodies().Select((body, i) =>
        {
            Graph graph = Closed(body);
            return this with { Model = Model with { Graph = graph }, Cut = cuts.GetValueOrDefault(i) ?? Cut.Whole(graph), Plan = "" };
        })];
    }

    private static Graph Closed(Graph body)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = body.Name };
        foreach (Value v in body.Inputs) builder.Input(v);
        foreach (Value v in body.Captures)
        {
            if (v.IsConstant) builder.Constant(v);
            else builder.Input(v);
        }
        foreach (Value v in body.Constants) builder.Constant(v);
        foreach (Node n in body.Nodes) builder.Append(n);
        return builder.Build(body.Outputs.AsSpan());
    }
}
