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
public sealed record CompiledModel(Model Model, ImmutableArray<GraphSegment> Segments, ImmutableArray<TrtNode> Groups, string Plan);
