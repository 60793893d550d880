namespace GraphPartition.Partitioning.Graphs;

/// <summary>Orders nodes after their predecessors (A. B. Kahn, 1962), and finds a cycle when there is no such order.</summary>
internal static class TopologicalSort
{
    /// <summary>All nodes in a topological order; fewer than all when some lie on or behind a cycle. O(V + E).</summary>
    public static int[] Order(int nodeCount, CompressedRows successors, CompressedRows predecessors)
    {
        int[] waiting = new int[nodeCount];
        int[] order = new int[nodeCount];
        int ready = 0;
        for (int node = 0; node < nodeCount; node++)
        {
            waiting[node] = predecessors[node].Length;
            if (waiting[node] == 0)
            {
                order[ready++] = node;
            }
        }

        // The order is its own queue: what lies before `done` is finished, what lies between `done` and `ready` waits.
        for (int done = 0; done < ready; done++)
        {
            foreach (int successor in successors[order[done]])
            {
                if (--waiting[successor] == 0)
                {
                    order[ready++] = successor;
                }
            }
        }

        return ready == nodeCount ? order : order[..ready];
    }

    /// <summary>A cycle among the nodes that <paramref name="order"/> misses, along the edges.</summary>
    public static int[] FindCycle(int nodeCount, ReadOnlySpan<int> order, CompressedRows predecessors)
    {
        bool[] ordered = new bool[nodeCount];
        foreach (int node in order)
        {
            ordered[node] = true;
        }

        // Every node that is left has a predecessor that is left, so walking backwards must meet itself.
        int[] seenAt = new int[nodeCount];
        var walk = new List<int>();
        int at = Array.IndexOf(ordered, false);
        while (seenAt[at] == 0)
        {
            walk.Add(at);
            seenAt[at] = walk.Count;
            foreach (int predecessor in predecessors[at])
            {
                if (!ordered[predecessor])
                {
                    at = predecessor;
                    break;
                }
            }
        }

        walk.RemoveRange(0, seenAt[at] - 1);
        walk.Reverse();
        return [.. walk];
    }
}
