using System.Collections.Immutable;
using GraphPartition.Ir;

namespace GraphPartition.Emit;

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
    /// <summary>Bodies inside fallback nodes that have engine groups of their own, in the order of the nodes.</summary>
    public ImmutableArray<CompiledBody> Bodies { get; init; } = [];
}

/// <summary>
/// A body of an If, Loop or Scan that has engine groups: cut like a graph of its own, captured values being inputs. In the file
/// the groups are calls inside the body.
/// </summary>
/// <param name="Node">The node's place in the graph around the body.</param>
/// <param name="Body">Which body of the node, in the order of its attributes.</param>
/// <param name="Segments">All nodes of the body, cut in an executable order.</param>
/// <param name="Groups">The engine groups, in the order of their segments; numbers go on from those of the graph around.</param>
/// <param name="Bodies">Bodies inside fallback nodes of this body.</param>
public sealed record CompiledBody(
    int Node, int Body, ImmutableArray<GraphSegment> Segments, ImmutableArray<TrtNode> Groups, ImmutableArray<CompiledBody> Bodies)
{
    /// <summary>The body in the graph around it.</summary>
    public Graph In(Graph around) => around.Nodes[Node].Attributes.Bodies().ElementAt(Body);
}
