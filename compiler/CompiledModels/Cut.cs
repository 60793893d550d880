namespace GraphPartition.CompiledModels;

/// <summary>How a graph is cut: into engine groups and fallback segments, and the bodies of fallback nodes in the same way.</summary>
/// <param name="Segments">All nodes of the graph, in an executable order.</param>
/// <param name="Groups">The engine groups, in the order of their segments.</param>
/// <param name="Bodies">The bodies inside fallback nodes that have groups of their own, in the order of the groups' numbers.</param>
public sealed record Cut(ImmutableArray<GraphSegment> Segments, ImmutableArray<TrtNode> Groups, ImmutableArray<BodyCut> Bodies)
{
    /// <summary>The engine groups, those in bodies at any depth too, in the order of their numbers.</summary>
    public IEnumerable<TrtNode> AllGroups => Groups.Concat(Bodies.SelectMany(b => b.Cut.AllGroups));

    /// <summary>Cuts a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="segmentOf">The segment of each node, numbered so that no edge leads to a lower number.</param>
    /// <param name="isEngine">For each segment number whether it is an engine group. Numbers without nodes are left out.</param>
    /// <param name="group">Makes a group of its place among the groups and its segment, whose inputs it may reorder.</param>
    /// <param name="bodies">The cuts of bodies.</param>
    /// <exception cref="InternalCompilerException">An edge leads to a lower number: the order cannot be executed.</exception>
    public static Cut Of(
        Graph graph, ReadOnlySpan<int> segmentOf, ReadOnlySpan<bool> isEngine, Func<int, GraphSegment, TrtNode> group,
        ImmutableArray<BodyCut> bodies)
    {
        GraphSegment[] segments = [.. GraphSegment.Cut(graph, segmentOf, isEngine)];
        var groups = ImmutableArray.CreateBuilder<TrtNode>();
        foreach (GraphSegment segment in segments.Where(s => s.IsEngine).ToArray())
        {
            TrtNode made = group(groups.Count, segment);
            segments[segment.Index] = made.Segment;
            groups.Add(made);
        }
        return new([.. segments], groups.ToImmutable(), bodies);
    }

    /// <summary>A graph without engine groups: one fallback segment.</summary>
    public static Cut Whole(Graph graph) => new(GraphSegment.Cut(graph, new int[graph.Nodes.Length], [false]), [], []);

    /// <summary>The same cut with other groups; <paramref name="change"/> is called in the order of <see cref="AllGroups"/>.</summary>
    /// <param name="change">Returns what takes the place of a group; the segment must stay.</param>
    public Cut WithGroups(Func<TrtNode, TrtNode> change) =>
        this with { Groups = [.. Groups.Select(change)], Bodies = [.. Bodies.Select(b => b with { Cut = b.Cut.WithGroups(change) })] };

    /// <summary>The same cut of a graph in which other values take the places of some.</summary>
    /// <param name="of">The new value, or the value itself.</param>
    public Cut WithValues(Func<Value, Value> of)
    {
        return new([.. Segments.Select(Map)], [.. Groups.Select(g => g with { Segment = Map(g.Segment) })],
            [.. Bodies.Select(b => b with { Cut = b.Cut.WithValues(of) })]);

        GraphSegment Map(GraphSegment segment) => segment with
        {
            Inputs = [.. segment.Inputs.Select(of)],
            Weights = [.. segment.Weights.Select(of)],
            Outputs = [.. segment.Outputs.Select(of)],
        };
    }

    /// <summary>All groups in the order of <see cref="AllGroups"/>, each with the graph that it is in.</summary>
    /// <param name="model">The model whose graph is cut.</param>
    public IEnumerable<PlacedGroup> Place(Model model) => Place(model.Graph, null, model);

    /// <summary>
    /// The cut of a graph whose nodes were rewritten one by one. Engines know inputs and results by their places, so a group keeps the
    /// order of both, and weights that its new nodes no longer use.
    /// </summary>
    /// <param name="before">The graph of this cut.</param>
    /// <param name="after">The new graph.</param>
    /// <param name="lowered">The origin of every node.</param>
    internal Cut Follow(Graph before, Graph after, LoweredModel lowered)
    {
        // Neighbors that both fall back are one segment, as they are when the file is read.
        var number = new int[before.Nodes.Length];
        List<bool> isEngine = [];
        foreach (GraphSegment segment in Segments)
        {
            if (segment.IsEngine || isEngine.Count == 0 || isEngine[^1]) isEngine.Add(segment.IsEngine);
            foreach (int n in segment.Nodes) number[n] = isEngine.Count - 1;
        }
        ImmutableArray<int> origins = lowered.OriginsOf(after);
        return Of(after, [.. origins.Select(n => number[n])], [.. isEngine], (place, segment) =>
        {
            GraphSegment old = Groups[place].Segment;
            ImmutableArray<Value> weights = [.. old.Weights.Union(segment.Weights)];
            return Groups[place] with { Segment = segment with { Inputs = old.Inputs, Weights = weights, Outputs = old.Outputs } };
        }, [.. Bodies.Select(FollowBody)]);

        BodyCut FollowBody(BodyCut body)
        {
            // The node that has the bodies is the last of those that a node became.
            BodyCut moved = body with { Node = origins.LastIndexOf(body.Node) };
            return moved with { Cut = body.Cut.Follow(body.In(before), moved.In(after), lowered) };
        }
    }

    private IEnumerable<PlacedGroup> Place(Graph graph, NodeAround? around, Model model) =>
        Groups.Select(g => new PlacedGroup(graph, g, around))
            .Concat(Bodies.SelectMany(b => b.Cut.Place(b.In(graph), NodeAround.Of(graph.Nodes[b.Node], around, model), model)));
}

/// <summary>The cut of a body of an If, Loop or Scan that falls back. Values that the body captures are inputs of its segments.</summary>
/// <param name="Node">The node's place in the graph around the body.</param>
/// <param name="Body">Which body of the node, in the order of its attributes.</param>
/// <param name="Cut">The cut.</param>
public sealed record BodyCut(int Node, int Body, Cut Cut)
{
    /// <summary>The body in the graph around it.</summary>
    public Graph In(Graph around) => around.Nodes[Node].Attributes.Bodies()[Body];
}

/// <summary>A group and the graph that its segment is cut from: the model's graph, or a body at any depth.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Group">The group.</param>
/// <param name="Around">What the body is in; null where the group is in the model's graph.</param>
public sealed record PlacedGroup(Graph Graph, TrtNode Group, NodeAround? Around)
{
    /// <summary>The group's nodes and their boundary.</summary>
    public GraphSegment Segment => Group.Segment;

    /// <summary>The node at a place in <see cref="Graph"/>.</summary>
    public Node Node(int place) => Graph.Nodes[place];
}

/// <summary>The If, Loop or Scan around a body.</summary>
/// <param name="Node">The node.</param>
/// <param name="RunsEngines">Whether sessions run engines inside: not if ONNX Runtime runs this node, or one around it, whole.</param>
public sealed record NodeAround(Node Node, Verdict RunsEngines)
{
    internal static NodeAround Of(Node node, NodeAround? around, Model model) =>
        new(node, around is { RunsEngines.IsYes: false } ? around.RunsEngines
            : FlowSupport.Judge(node, model) is { IsYes: false } no
            ? Verdict.No($"{node.Label} goes whole to ONNX Runtime: {no.Reason}", no.Rule!)
            : Verdict.Yes);
}
