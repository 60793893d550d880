using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.CompiledModels;

/// <summary>
/// A partitioned model: the flat graph, and its cut into engine groups and fallback segments.
/// <see cref="Package"/> writes it as a valid ONNX model and reads it back.
/// </summary>
/// <param name="Model">The model with a flat graph: no TrtNode calls.</param>
/// <param name="Segments">All nodes of the graph, cut in an executable order.</param>
/// <param name="Groups">The engine groups, in the order of their segments.</param>
/// <param name="Plan">The plan as JSON, for people and tools; the runtime does not read it.</param>
public sealed record CompiledModel(Model Model, ImmutableArray<GraphSegment> Segments, ImmutableArray<TrtNode> Groups, string Plan)
{
    /// <summary>Bodies inside fallback nodes that have engine groups of their own, in the order of the groups' numbers.</summary>
    public ImmutableArray<CompiledBody> Bodies { get; init; } = [];

    /// <summary>The engine groups, those in bodies at any depth too, in the order of their numbers.</summary>
    public IEnumerable<TrtNode> AllGroups => Groups.Concat(Bodies.SelectMany(b => b.AllGroups));

    /// <summary>The same with other groups, which are asked for in the order of <see cref="AllGroups"/>.</summary>
    /// <param name="change">What takes the place of a group; its segment stays.</param>
    public CompiledModel WithGroups(Func<TrtNode, TrtNode> change) =>
        this with { Groups = [.. Groups.Select(change)], Bodies = [.. Bodies.Select(b => b.WithGroups(change))] };

    /// <summary>
    /// The bodies of a node, each as a model of its own: what a body captures are inputs behind its own, and captured constants
    /// are its constants. Its nodes stand where they stood, so segments and groups stay as they are; a body without groups is one
    /// fallback segment.
    /// </summary>
    /// <param name="node">The node's place in the graph.</param>
    public ImmutableArray<CompiledModel> BodiesOf(int node)
    {
        var cuts = Bodies.Where(b => b.Node == node).ToDictionary(b => b.Body);
        return [.. Model.Graph.Nodes[node].Attributes.Bodies().Select((body, i) =>
        {
            Graph graph = Closed(body);
            return cuts.TryGetValue(i, out CompiledBody? cut)
                ? new CompiledModel(Model with { Graph = graph }, cut.Segments, cut.Groups, "") { Bodies = cut.Bodies }
                : new CompiledModel(Model with { Graph = graph }, GraphSegment.Cut(graph, new int[graph.Nodes.Length], [false]), [], "");
        })];
    }

    /// <summary>The model whose graph an engine group's segment is cut from: this one, or a body as a model of its own.</summary>
    /// <exception cref="ArgumentException">It is a group of another model.</exception>
    public Model ModelOf(TrtNode group) => Find(group) ?? throw new ArgumentException($"there is no such group: {group.Id}", nameof(group));

    private Model? Find(TrtNode group) => Groups.Contains(group) ? Model
        : Bodies.Where(b => b.AllGroups.Contains(group)).Select(b => BodiesOf(b.Node)[b.Body].Find(group)).FirstOrDefault();

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

/// <summary>
/// A body of an If, Loop or Scan that has engine groups: cut like a graph of its own, captured values being inputs. In the file
/// the groups are calls inside the body.
/// </summary>
/// <param name="Node">The node's place in the graph around the body.</param>
/// <param name="Body">Which body of the node, in the order of its attributes.</param>
/// <param name="Segments">All nodes of the body, cut in an executable order.</param>
/// <param name="Groups">The engine groups, in the order of their segments; numbers go on from those of the graph around.</param>
/// <param name="Bodies">Bodies inside fallback nodes of this body, in the order of the groups' numbers.</param>
public sealed record CompiledBody(
    int Node, int Body, ImmutableArray<GraphSegment> Segments, ImmutableArray<TrtNode> Groups, ImmutableArray<CompiledBody> Bodies)
{
    /// <summary>The engine groups, those in bodies at any depth too, in the order of their numbers.</summary>
    public IEnumerable<TrtNode> AllGroups => Groups.Concat(Bodies.SelectMany(b => b.AllGroups));

    internal CompiledBody WithGroups(Func<TrtNode, TrtNode> change) =>
        this with { Groups = [.. Groups.Select(change)], Bodies = [.. Bodies.Select(b => b.WithGroups(change))] };

    /// <summary>The body in the graph around it.</summary>
    public Graph In(Graph around) => around.Nodes[Node].Attributes.Bodies()[Body];
}
