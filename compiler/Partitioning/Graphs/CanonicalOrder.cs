namespace GraphPartition.Partitioning.Graphs;

/// <summary>Orders nodes by the structure of the graph around them, so that greedy choices do not depend on node numbers.</summary>
internal static class CanonicalOrder
{
    /// <summary>
    /// For each node a hash of all its ancestors and descendants: two sweeps in which a node adds up its neighbors' hashes,
    /// as in the color refinement of B. Weisfeiler and A. Leman (1968). Nodes with the same hash look the same in both directions;
    /// only between those the node number decides. O(V + E).
    /// </summary>
    public static ulong[] Fingerprints(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        ulong[] hashes = new ulong[graph.NodeCount];
        for (int node = 0; node < hashes.Length; node++) hashes[node] = supported[node] ? 1UL : 2UL;
        for (int tensor = 0; tensor < graph.TensorCount; tensor++)
        {
            if (graph.ProducerOf(tensor) >= 0)
                hashes[graph.ProducerOf(tensor)] += Mix((ulong)graph.BytesOf(tensor) + (graph.IsOutput(tensor) ? 1UL << 63 : 0));
        }
        // In place: a node's own hash is read once, when those of its neighbors before it are done.
        ReadOnlySpan<int> order = graph.TopologicalOrder;
        foreach (int node in order) hashes[node] = Hash(hashes[node], hashes, graph.Predecessors(node));
        // The upward sweep starts from the downward hashes, so a hash also covers what else its descendants read.
        for (int i = order.Length - 1; i >= 0; i--)
            hashes[order[i]] = Hash(hashes[order[i]], hashes, graph.Successors(order[i]));
        return hashes;
    }

    /// <summary>
    /// Nodes ordered by key, then by fingerprint. The sorts are stable, so equal nodes stay in the order of their numbers.
    /// </summary>
    public static int[] Sort(ulong[] fingerprints, int[] keys)
    {
        int[] nodes = new int[keys.Length];
        for (int node = 0; node < nodes.Length; node++) nodes[node] = node;
        ulong[] sorted = (ulong[])fingerprints.Clone();
        Array.Sort(sorted, nodes);
        for (int begin = 0; begin < nodes.Length;)
        {
            int end = begin + 1;
            while (end < nodes.Length && sorted[end] == sorted[begin]) end++;
            Array.Sort(nodes, begin, end - begin);
            begin = end;
        }
        return SortByKey(nodes, keys);
    }

    /// <summary>Sorts nodes by a small key, keeping the order among equals: by counting, O(nodes + largest key).</summary>
    public static int[] SortByKey(ReadOnlySpan<int> nodes, int[] keys)
    {
        int largest = 0;
        foreach (int node in nodes) largest = Math.Max(largest, keys[node]);
        int[] next = new int[largest + 2];
        foreach (int node in nodes) next[keys[node] + 1]++;
        for (int key = 0; key < largest; key++) next[key + 1] += next[key];
        int[] sorted = new int[nodes.Length];
        foreach (int node in nodes) sorted[next[keys[node]]++] = node;
        return sorted;
    }

    private static ulong Hash(ulong own, ulong[] hashes, ReadOnlySpan<int> neighbors)
    {
        ulong sum = own;
        foreach (int neighbor in neighbors) sum += Mix(hashes[neighbor]);
        return Mix(sum);
    }

    // The finaliser of MurmurHash3 (A. Appleby, public domain), after an offset so that 0 does not stay 0.
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCD;
        x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53;
        return x ^ (x >> 33);
    }
}
