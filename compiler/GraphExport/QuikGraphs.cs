using GraphPartition.Partitioning.Graphs;
using QuikGraph;

namespace GraphPartition.GraphExport;

/// <summary>
/// Converts graphs and partitions to QuikGraph, so that all algorithms of that library run on them. The partitioners themselves work
/// on index arrays.
/// </summary>
/// <example>
/// Is the contracted graph of a plan acyclic, and what is an order of its segments?
/// <code>
/// BidirectionalGraph&lt;GraphVertex, GraphEdge&gt; segments = plan.Partitioning.ToQuikGraph(plan.Topology);
/// bool isAcyclic = segments.IsDirectedAcyclicGraph();
/// foreach (GraphVertex segment in segments.TopologicalSort()) Console.WriteLine(segment.Name);
/// </code>
/// Which nodes depend on the first one?
/// <code>
/// BidirectionalGraph&lt;GraphVertex, GraphEdge&gt; nodes = plan.Topology.ToQuikGraph(n => plan.Graph.Nodes[n].DisplayName);
/// var search = new BreadthFirstSearchAlgorithm&lt;GraphVertex, GraphEdge&gt;(nodes);
/// search.DiscoverVertex += vertex => Console.WriteLine(vertex);
/// search.Compute(nodes.Vertices.First());
/// </code>
/// </example>
public static class QuikGraphs
{
    /// <summary>A graph as it is: one vertex per node, in the order of their numbers. O(V + E).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nameOf">The name of a node; null: <c>node 0</c> and so on.</param>
    public static BidirectionalGraph<GraphVertex, GraphEdge> ToQuikGraph(this PartitionGraph graph, Func<int, string>? nameOf = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] vertexOf = [.. Enumerable.Range(0, graph.NodeCount)];
        return Build(graph, vertexOf, [.. vertexOf.Select(n => new GraphVertex(n, nameOf?.Invoke(n) ?? $"node {n}"))]);
    }

    /// <summary>
    /// A graph in which every group is one vertex: groups first, in the order of their numbers, then the nodes without a group. Any
    /// groups are allowed, also those that form a cycle. O(V + E).
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node the number of its group, or -1 for a node without one.</param>
    /// <exception cref="ArgumentException">There is not one entry for each node.</exception>
    public static BidirectionalGraph<GraphVertex, GraphEdge> ToContractedQuikGraph(this PartitionGraph graph, ReadOnlySpan<int> groupOf)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (groupOf.Length != graph.NodeCount)
            throw new ArgumentException($"{groupOf.Length} entries for {graph.NodeCount} nodes", nameof(groupOf));
        var vertices = new List<GraphVertex>();
        var ofGroup = new Dictionary<int, int>();
        foreach (int group in new SortedSet<int>(groupOf.ToArray()))
        {
            if (group < 0) continue;
            ofGroup.Add(group, vertices.Count);
            vertices.Add(new(vertices.Count, $"group {group}"));
        }
        int[] vertexOf = new int[groupOf.Length];
        for (int node = 0; node < vertexOf.Length; node++)
        {
            vertexOf[node] = groupOf[node] < 0 ? vertices.Count : ofGroup[groupOf[node]];
            if (groupOf[node] < 0) vertices.Add(new(vertices.Count, $"node {node}"));
        }
        return Build(graph, vertexOf, vertices);
    }

    /// <summary>
    /// The contracted graph of a partition: one vertex per segment, in an order in which they can run. Engines have the names
    /// <c>TrtNode_0</c> and so on, as in a compiled model; the other segments are called <c>fallback 0</c> and so on. O(V + E).
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="graph">The graph that was partitioned.</param>
    public static BidirectionalGraph<GraphVertex, GraphEdge> ToQuikGraph(this Partition partition, PartitionGraph graph)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(graph);
        string[] names = SegmentNames(partition);
        GraphVertex[] vertices = [.. partition.Segments.Select(s => new GraphVertex(s.Id, names[s.Id]) { IsEngine = s.IsEngine })];
        return Build(graph, partition.SegmentOf, vertices);
    }

    /// <summary>
    /// The nodes of a partitioned graph, each with its segment: what <see cref="DotWriter"/> and <see cref="GraphMlWriter"/> draw.
    /// O(V + E).
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="graph">The graph that was partitioned.</param>
    /// <param name="nameOf">The name of a node.</param>
    /// <param name="detailOf">More about a node, for instance its operator and why it falls back; null: nothing.</param>
    public static BidirectionalGraph<GraphVertex, GraphEdge> ToNodeQuikGraph(
        this Partition partition, PartitionGraph graph, Func<int, string> nameOf, Func<int, string>? detailOf = null)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(nameOf);
        string[] names = SegmentNames(partition);
        var vertices = new GraphVertex[graph.NodeCount];
        int[] vertexOf = new int[graph.NodeCount];
        for (int node = 0; node < vertices.Length; node++)
        {
            int segment = partition.SegmentOf[node];
            vertexOf[node] = node;
            vertices[node] = new(node, nameOf(node))
            {
                Detail = detailOf?.Invoke(node) ?? "",
                Segment = segment,
                SegmentName = names[segment],
                IsEngine = partition.Segments[segment].IsEngine,
            };
        }
        return Build(graph, vertexOf, vertices);
    }

    private static string[] SegmentNames(Partition partition)
    {
        int engines = 0, others = 0;
        return [.. partition.Segments.Select(s => s.IsEngine ? $"TrtNode_{engines++}" : $"fallback {others++}")];
    }

    // One edge for each pair of vertices, with all tensors between them. QuikGraph is told that parallel edges are allowed, because it
    // would look for them through all edges of a vertex each time.
    private static BidirectionalGraph<GraphVertex, GraphEdge> Build(
        PartitionGraph graph, ReadOnlySpan<int> vertexOf, IReadOnlyList<GraphVertex> vertices)
    {
        var result = new BidirectionalGraph<GraphVertex, GraphEdge>(allowParallelEdges: true, vertices.Count);
        result.AddVertexRange(vertices);
        var edges = new Dictionary<(int From, int To), GraphEdge>();
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                (int From, int To) pair = (vertexOf[producer], vertexOf[reader]);
                if (pair.From == pair.To) continue;
                if (!edges.TryGetValue(pair, out GraphEdge? edge))
                {
                    edges.Add(pair, edge = new GraphEdge(vertices[pair.From], vertices[pair.To]));
                    result.AddEdge(edge);
                }
                edge.Add(tensor, graph.BytesOf(tensor));
            }
        }
        return result;
    }
}

/// <summary>A node, a group or a segment. Two vertices are equal only if they are the same object.</summary>
/// <param name="index">The vertex's place in its graph.</param>
/// <param name="name">Its name.</param>
public sealed class GraphVertex(int index, string name)
{
    /// <summary>The vertex's place in its graph: the number of the node or segment.</summary>
    public int Index { get; } = index;

    /// <summary>Its name; names need not be unique.</summary>
    public string Name { get; } = name;

    /// <summary>More about it, for drawings; may be empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether it is in an engine, or is one.</summary>
    public bool IsEngine { get; init; }

    /// <summary>The segment that a node is in, or -1.</summary>
    public int Segment { get; init; } = -1;

    /// <summary>The name of that segment; empty where there is none.</summary>
    public string SegmentName { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>All tensors that lead from one vertex to another.</summary>
/// <param name="source">The vertex that produces them.</param>
/// <param name="target">The vertex that reads them.</param>
public sealed class GraphEdge(GraphVertex source, GraphVertex target) : Edge<GraphVertex>(source, target)
{
    private readonly List<int> _tensors = [];

    /// <summary>The tensors, as numbers of the <see cref="PartitionGraph"/>; each once.</summary>
    public IReadOnlyList<int> Tensors => _tensors;

    /// <summary>The sum of their sizes in bytes, estimated where a size is not known.</summary>
    public Int128 Bytes { get; private set; }

    internal void Add(int tensor, long bytes)
    {
        // Tensors come in ascending order, so a tensor with several readers in the target is the last one.
        if (_tensors.Count > 0 && _tensors[^1] == tensor) return;
        _tensors.Add(tensor);
        Bytes += bytes;
    }
}
