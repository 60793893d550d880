using GraphPartition.Partitioning.Checking;

namespace GraphPartition.Partitioning.Constraints;

/// <summary>Why two nodes, or two groups, are not in one engine: the path that would become a cycle.</summary>
public static class BlockingPath
{
    /// <summary>A shortest path from one supported node to the other, in either direction, through an unsupported node. O(V + E).</summary>
    /// <returns>The nodes of the path; empty when there is none: then a common engine is possible.</returns>
    public static IReadOnlyList<int> Between(PartitionGraph graph, ReadOnlySpan<bool> supported, int a, int b)
    {
        List<int> path = From(graph, supported, a, b);
        return path.Count > 0 ? path : From(graph, supported, b, a);
    }

    /// <summary>
    /// A shortest path of the contracted graph from one group to the other, in either direction, through at least one other vertex.
    /// O(V + E).
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="groupOf">For each node its group, or -1 when it has none.</param>
    /// <param name="a">One group.</param>
    /// <param name="b">The other group.</param>
    /// <returns>The edges of the path; empty when there is none: then the two groups could be merged.</returns>
    public static IReadOnlyList<ContractedEdge> BetweenGroups(PartitionGraph graph, ReadOnlySpan<int> groupOf, int a, int b)
    {
        ArgumentNullException.ThrowIfNull(graph);
        List<ContractedEdge> path = FromGroup(graph, groupOf, a, b);
        return path.Count > 0 ? path : FromGroup(graph, groupOf, b, a);
    }

    // Breadth first over pairs (node, whether an unsupported node was passed), numbered 2 * node + passed.
    private static List<int> From(PartitionGraph graph, ReadOnlySpan<bool> supported, int start, int goal)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] cameFrom = new int[2 * graph.NodeCount];
        Array.Fill(cameFrom, -1);
        var queue = new Queue<int>();
        cameFrom[2 * start] = 2 * start;
        queue.Enqueue(2 * start);
        while (cameFrom[(2 * goal) + 1] < 0 && queue.TryDequeue(out int state))
        {
            foreach (int next in graph.Successors(state / 2))
            {
                int nextState = (2 * next) + (supported[next] ? state & 1 : 1);
                if (cameFrom[nextState] < 0)
                {
                    cameFrom[nextState] = state;
                    queue.Enqueue(nextState);
                }
            }
        }
        var path = new List<int>();
        if (cameFrom[(2 * goal) + 1] >= 0)
        {
            int state = (2 * goal) + 1;
            for (; state != 2 * start; state = cameFrom[state]) path.Add(state / 2);
            path.Add(start);
            path.Reverse();
        }
        return path;
    }

    private static List<ContractedEdge> FromGroup(PartitionGraph graph, ReadOnlySpan<int> groupOf, int start, int goal)
    {
        // To enter a group is to reach all its members, so the edges of all of them are followed at once.
        var members = new Dictionary<int, List<int>>();
        for (int node = 0; node < groupOf.Length; node++)
        {
            if (groupOf[node] >= 0)
            {
                if (!members.TryGetValue(groupOf[node], out List<int>? list))
                    members.Add(groupOf[node], list = []);

                list.Add(node);
            }
        }
        if (!members.ContainsKey(start) || !members.ContainsKey(goal)) return [];
        // A vertex is a group, or a lone node as ~node.
        var cameBy = new Dictionary<int, ContractedEdge>();
        var queue = new Queue<int>([start]);
        while (queue.TryDequeue(out int vertex))
        {
            List<int> nodes = vertex >= 0 ? members[vertex] : [~vertex];
            foreach (int node in nodes)
            {
                foreach (int next in graph.Successors(node))
                {
                    int to = groupOf[next] >= 0 ? groupOf[next] : ~next;
                    if (to == vertex || to == start || (vertex == start && to == goal)) continue;
                    if (cameBy.TryAdd(to, new ContractedEdge(groupOf[node], node, next, groupOf[next])))
                    {
                        if (to == goal) return Unwind(cameBy, start, goal);
                        queue.Enqueue(to);
                    }
                }
            }
        }
        return [];
    }

    private static List<ContractedEdge> Unwind(Dictionary<int, ContractedEdge> cameBy, int start, int goal)
    {
        var path = new List<ContractedEdge>();
        for (int at = goal; at != start;)
        {
            ContractedEdge edge = cameBy[at];
            path.Add(edge);
            at = edge.FromGroup >= 0 ? edge.FromGroup : ~edge.FromNode;
        }
        path.Reverse();
        return path;
    }
}
