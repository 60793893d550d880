using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.TestSupport;

/// <summary>
/// Answers by trying everything, for graphs of up to about ten nodes: the yardstick that shares no idea with the partitioners.
/// </summary>
public static class BruteForce
{
    /// <summary>The fewest groups of supported nodes, unsupported nodes standing alone, whose contraction is acyclic.</summary>
    public static int FewestEngines(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        var search = new Search(graph, supported, groupUnsupported: false);
        return search.Fewest(FewestPossible(supported, true));
    }

    /// <summary>The fewest groups of one color each, over all nodes, whose contraction is acyclic.</summary>
    public static int FewestSegments(PartitionGraph graph, ReadOnlySpan<bool> supported)
    {
        var search = new Search(graph, supported, groupUnsupported: true);
        return search.Fewest(FewestPossible(supported, true) + FewestPossible(supported, false));
    }

    /// <summary>Whether a cycle consists of edges of the graph, each of which starts in the group where the one before it ends.</summary>
    public static bool IsCycle(PartitionGraph graph, IReadOnlyList<int> groupOf, ContractedCycle cycle)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(groupOf);
        ArgumentNullException.ThrowIfNull(cycle);
        bool isCycle = cycle.Edges.Count > 0;
        for (int i = 0; i < cycle.Edges.Count; i++)
        {
            ContractedEdge edge = cycle.Edges[i];
            ContractedEdge next = cycle.Edges[(i + 1) % cycle.Edges.Count];
            isCycle &= graph.Successors(edge.FromNode).Contains(edge.ToNode);
            isCycle &= groupOf[edge.FromNode] == edge.FromGroup && groupOf[edge.ToNode] == edge.ToGroup;
            isCycle &= edge.FromGroup < 0 || edge.FromGroup != edge.ToGroup;
            isCycle &= edge.ToGroup >= 0 ? edge.ToGroup == next.FromGroup : edge.ToNode == next.FromNode;
        }

        return isCycle;
    }

    /// <summary>Whether the graph is acyclic when nodes with the same group become one vertex; -1 stands alone.</summary>
    public static bool IsAcyclic(PartitionGraph graph, ReadOnlySpan<int> groupOf)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int n = graph.NodeCount;
        bool[,] reaches = new bool[n, n];
        int[] vertex = new int[n];
        for (int node = 0; node < n; node++)
        {
            int first = groupOf[node] < 0 ? node : groupOf.IndexOf(groupOf[node]);
            vertex[node] = first;
        }

        for (int node = 0; node < n; node++)
        {
            foreach (int successor in graph.Successors(node))
            {
                reaches[vertex[node], vertex[successor]] |= vertex[node] != vertex[successor];
            }
        }

        for (int via = 0; via < n; via++)
        {
            for (int from = 0; from < n; from++)
            {
                for (int to = 0; to < n; to++)
                {
                    reaches[from, to] |= reaches[from, via] && reaches[via, to];
                }
            }
        }

        return !Enumerable.Range(0, n).Any(v => reaches[v, v]);
    }

    /// <summary>
    /// The least sum of bytes times boundaries crossed over all assignments of nodes to the segments first, ..., last: engines
    /// have odd numbers, fallback even ones, and no edge leads back. <paramref name="earliest"/> holds for each node the smallest
    /// number that it has in any assignment of that cost.
    /// </summary>
    public static Int128 LeastBoundaryCost(
        PartitionGraph graph, ReadOnlySpan<bool> supported, int first, int last, out int[] earliest)
    {
        ArgumentNullException.ThrowIfNull(graph);
        earliest = new int[graph.NodeCount];
        Int128 best = Int128.MaxValue;
        PlaceAll(graph, supported, (first, last), new int[graph.NodeCount], 0, earliest, ref best);
        return best;
    }

    private static void PlaceAll(
        PartitionGraph graph, ReadOnlySpan<bool> supported, (int First, int Last) range, int[] numbers, int placed,
        int[] earliest, ref Int128 best)
    {
        if (placed == numbers.Length)
        {
            Int128 cost = BoundaryCost.Of(graph, numbers).ByteBoundaries;
            for (int i = 0; i < numbers.Length && cost <= best; i++)
            {
                earliest[i] = cost < best ? numbers[i] : Math.Min(earliest[i], numbers[i]);
            }

            best = Int128.Min(best, cost);
            return;
        }

        int node = graph.TopologicalOrder[placed];
        int least = range.First;
        foreach (int predecessor in graph.Predecessors(node))
        {
            least = Math.Max(least, numbers[predecessor]);
        }

        for (int number = least; number <= range.Last; number++)
        {
            if (number % 2 == (supported[node] ? 1 : 0))
            {
                numbers[node] = number;
                PlaceAll(graph, supported, range, numbers, placed + 1, earliest, ref best);
            }
        }
    }

    private static int FewestPossible(ReadOnlySpan<bool> supported, bool color) => supported.Contains(color) ? 1 : 0;

    /// <summary>
    /// All set partitions into at most so many blocks of one color, cut off when the placed nodes already cycle.
    /// </summary>
    private sealed class Search
    {
        private readonly int _count;
        private readonly int[] _successors;
        private readonly int _supported;
        private readonly bool _groupUnsupported;
        private readonly int[] _members = new int[32];

        public Search(PartitionGraph graph, ReadOnlySpan<bool> supported, bool groupUnsupported)
        {
            _count = graph.NodeCount;
            _successors = new int[_count];
            _groupUnsupported = groupUnsupported;
            for (int node = 0; node < _count; node++)
            {
                _supported |= supported[node] ? 1 << node : 0;
                foreach (int successor in graph.Successors(node))
                {
                    _successors[node] |= 1 << successor;
                }
            }
        }

        public int Fewest(int atLeast)
        {
            while (!Place(0, 0, atLeast, 0))
            {
                atLeast++;
            }

            return atLeast;
        }

        // Sets are bit masks. Unsupported nodes that are not grouped are blocks of their own, outside the limit.
        private bool Place(int node, int blocks, int limit, int alone)
        {
            if (node == _count)
            {
                return true;
            }

            int bit = 1 << node;
            if ((_supported & bit) == 0 && !_groupUnsupported)
            {
                return IsAcyclic(blocks, alone | bit) && Place(node + 1, blocks, limit, alone | bit);
            }

            for (int block = 0; block < Math.Min(blocks + 1, limit); block++)
            {
                int before = block < blocks ? _members[block] : 0;
                if (before != 0 && ((_supported & before) != 0) != ((_supported & bit) != 0))
                {
                    continue;
                }

                _members[block] = before | bit;
                int used = Math.Max(blocks, block + 1);
                if (IsAcyclic(used, alone) && Place(node + 1, used, limit, alone))
                {
                    return true;
                }

                _members[block] = before;
            }

            return false;
        }

        // Takes away blocks that nothing left depends on, until all are gone or none can go.
        private bool IsAcyclic(int blocks, int alone)
        {
            int left = alone;
            for (int block = 0; block < blocks; block++)
            {
                left |= _members[block];
            }

            bool progress = true;
            while (left != 0 && progress)
            {
                progress = false;
                for (int block = 0; block < blocks; block++)
                {
                    progress |= TakeAway(_members[block], ref left);
                }

                for (int rest = alone; rest != 0; rest &= rest - 1)
                {
                    progress |= TakeAway(rest & -rest, ref left);
                }
            }

            return left == 0;
        }

        private bool TakeAway(int members, ref int left)
        {
            if ((members & left) == 0)
            {
                return false;
            }

            for (int rest = members; rest != 0; rest &= rest - 1)
            {
                if ((_successors[System.Numerics.BitOperations.TrailingZeroCount(rest)] & left & ~members) != 0)
                {
                    return false;
                }
            }

            left &= ~members;
            return true;
        }
    }
}
