namespace GraphPartition.CompiledModels;

/// <summary>A model whose nodes were rewritten one by one in an older opset, with the origin of every node.</summary>
/// <param name="Model">The model with the new graph.</param>
public sealed record LoweredModel(Model Model)
{
    /// <summary>For each graph that changed, bodies too: the node of the old graph that each node comes from.</summary>
    public IReadOnlyDictionary<Graph, ImmutableArray<int>> Origins { get; init; } = ImmutableDictionary<Graph, ImmutableArray<int>>.Empty;

    /// <summary>The node of the old graph that each node of a graph comes from: the node itself where the graph did not change.</summary>
    public ImmutableArray<int> OriginsOf(Graph graph) =>
        Origins.TryGetValue(graph, out ImmutableArray<int> origins) ? origins : [.. Enumerable.Range(0, graph.Nodes.Length)];
}
