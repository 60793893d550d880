namespace GraphPartition.Partitioning.Checking;

/// <summary>
/// Checks that a graph stays acyclic when each group of nodes becomes one vertex, and finds a cycle where it does not. O(V + E).
/// </summary>
/// <remarks>
/// The independent check of every partitioner here: it reads only the tensors, builds its own edges between groups and runs
/// Kahn's algorithm on them. It uses nothing else of this assembly, on purpose.
/// </remarks>
public static class AcyclicityChecker
{
    /// <summary>Looks for a cycle of the contracted graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node the number of its group, or -1 when it is a vertex of its own.</param>
    /// <returns>A cycle, or null when the contracted graph is acyclic.</returns>
    public static ContractedCycle? FindCycle(PartitionGraph graph, ReadOnlySpan<int> groupOf)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] vertexOf = Vertices(groupOf, out int vertexCount);
        int[] waiting = new int[vertexCount];
        int[] starts = new int[vertexCount + 1];
        int[] targets = Targets(graph, vertexOf, starts, waiting);

        var ready = new Stack<int>();
        for (int vertex = 0; vertex < vertexCount; vertex++)
        {
            if (waiting[vertex] == 0) ready.Push(vertex);
        }
        int done = 0;
        while (ready.TryPop(out int vertex))
        {
            done++;
            for (int i = starts[vertex]; i < starts[vertex + 1]; i++)
            {
                if (--waiting[targets[i]] == 0) ready.Push(targets[i]);
            }
        }
        return done == vertexCount ? null : Cycle(graph, groupOf, vertexOf, waiting);
    }

    // One vertex for each group in use and for each node without a group.
    private static int[] Vertices(ReadOnlySpan<int> groupOf, out int vertexCount)
    {
        var ofGroup = new Dictionary<int, int>();
        int[] vertexOf = new int[groupOf.Length];
        vertexCount = 0;
        for (int node = 0; node < groupOf.Length; node++)
        {
            int group = groupOf[node];
            if (group < 0 || !ofGroup.TryGetValue(group, out int vertex))
            {
                vertex = vertexCount++;
                if (group >= 0) ofGroup.Add(group, vertex);
            }
            vertexOf[node] = vertex;
        }
        return vertexOf;
    }

    // Edges between different vertices, sorted by where they start; parallel edges stay, Kahn counts them alike.
    private static int[] Targets(PartitionGraph graph, int[] vertexOf, int[] starts, int[] waiting)
    {
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                if (vertexOf[producer] != vertexOf[reader])
                {
                    starts[vertexOf[producer] + 1]++;
                    waiting[vertexOf[reader]]++;
                }
            }
        }
        for (int vertex = 1; vertex < starts.Length; vertex++) starts[vertex] += starts[vertex - 1];
        int[] next = (int[])starts.Clone();
        int[] targets = new int[starts[^1]];
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                if (vertexOf[producer] != vertexOf[reader])
                    targets[next[vertexOf[producer]]++] = vertexOf[reader];
            }
        }
        return targets;
    }

    // A vertex that still waits has an edge from another vertex that still waits. Following these edges back must close a cycle.
    private static ContractedCycle Cycle(PartitionGraph graph, ReadOnlySpan<int> groupOf, int[] vertexOf, int[] waiting)
    {
        var incoming = new Dictionary<int, ContractedEdge>();
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                if (vertexOf[producer] != vertexOf[reader] && waiting[vertexOf[producer]] > 0)
                {
                    incoming.TryAdd(
                        vertexOf[reader], new ContractedEdge(groupOf[producer], producer, reader, groupOf[reader]));
                }
            }
        }
        var walk = new List<ContractedEdge>();
        var seenAt = new Dictionary<int, int>();
        int at = Array.FindIndex(waiting, count => count > 0);
        while (seenAt.TryAdd(at, walk.Count))
        {
            ContractedEdge edge = incoming[at];
            walk.Add(edge);
            at = vertexOf[edge.FromNode];
        }
        walk.RemoveRange(0, seenAt[at]);
        walk.Reverse();
        return new ContractedCycle(walk);
    }
}

/// <summary>An edge of the graph that leaves one group and enters the next.</summary>
/// <param name="FromGroup">The group of <paramref name="FromNode"/>, or -1 when that node has none.</param>
/// <param name="FromNode">The node that produces the tensor.</param>
/// <param name="ToNode">The node that reads it.</param>
/// <param name="ToGroup">The group of <paramref name="ToNode"/>, or -1 when that node has none.</param>
public readonly record struct ContractedEdge(int FromGroup, int FromNode, int ToNode, int ToGroup);

/// <summary>A cycle of the contracted graph: each edge starts in the group where the one before it ends.</summary>
/// <param name="Edges">The edges, in order; the last leads back to where the first starts.</param>
public sealed record ContractedCycle(IReadOnlyList<ContractedEdge> Edges)
{
    /// <summary>For example <c>group 0 -(1 -> 2)-> node 2 -(2 -> 3)-> group 0</c>.</summary>
    public override string ToString() =>
        ToString(node => $"node {node}", group => $"group {group}", edge => $"{edge.FromNode} -> {edge.ToNode}");

    /// <summary>The cycle with names: <c>unit a -(conv1 -> relu)-> relu -(relu -> conv2)-> unit a</c>.</summary>
    /// <param name="nodeName">The name of a node.</param>
    /// <param name="groupName">The name of a group.</param>
    public string ToString(Func<int, string> nodeName, Func<int, string> groupName)
    {
        ArgumentNullException.ThrowIfNull(nodeName);
        ArgumentNullException.ThrowIfNull(groupName);
        return ToString(nodeName, groupName, edge => $"{nodeName(edge.FromNode)} -> {nodeName(edge.ToNode)}");
    }

    private string ToString(Func<int, string> nodeName, Func<int, string> groupName, Func<ContractedEdge, string> edgeName)
    {
        var text = new System.Text.StringBuilder();
        foreach (ContractedEdge edge in Edges)
            text.Append(Name(edge.FromGroup, edge.FromNode)).Append($" -({edgeName(edge)})-> ");

        return text.Append(Name(Edges[^1].ToGroup, Edges[^1].ToNode)).ToString();

        string Name(int group, int node) => group < 0 ? nodeName(node) : groupName(group);
    }
}
