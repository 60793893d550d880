using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Partitioning.Checking;

/// <summary>
/// Says whether a graph stays acyclic when each group of nodes becomes one vertex, and if not, shows a cycle. O(V + E).
/// </summary>
/// <remarks>
/// This is the independent check of every partitioner here: it reads the tensors only, builds its own edges between groups
/// and runs Kahn's algorithm on them. It uses nothing else of this assembly, on purpose.
/// </remarks>
public static class AcyclicityChecker
{
    /// <summary>A cycle of the contracted graph, or null when it is acyclic.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node the number of its group, or -1 when it stands alone.</param>
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
            if (waiting[vertex] == 0)
            {
                ready.Push(vertex);
            }
        }

        int done = 0;
        while (ready.TryPop(out int vertex))
        {
            done++;
            for (int i = starts[vertex]; i < starts[vertex + 1]; i++)
            {
                if (--waiting[targets[i]] == 0)
                {
                    ready.Push(targets[i]);
                }
            }
        }

        return done == vertexCount ? null : Cycle(graph, groupOf, vertexOf, waiting);
    }

    // One vertex for each group in use and for each node that stands alone.
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
                if (group >= 0)
                {
                    ofGroup.Add(group, vertex);
                }
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

        for (int vertex = 1; vertex < starts.Length; vertex++)
        {
            starts[vertex] += starts[vertex - 1];
        }

        int[] next = (int[])starts.Clone();
        int[] targets = new int[starts[^1]];
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            int producer = graph.ProducerOf(tensor);
            foreach (int reader in producer < 0 ? [] : graph.ReadersOf(tensor))
            {
                if (vertexOf[producer] != vertexOf[reader])
                {
                    targets[next[vertexOf[producer]]++] = vertexOf[reader];
                }
            }
        }

        return targets;
    }

    // A vertex that still waits has an incoming edge from another that still waits; following those back must close.
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
