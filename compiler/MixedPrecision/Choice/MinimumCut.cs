using System.Runtime.InteropServices;

namespace GraphPartition.MixedPrecision.Choice;

/// <summary>
/// A minimum cut between a source and a sink, by Dinic's blocking flows (Dinic 1970). Of all minimum cuts it takes the one with the
/// fewest nodes on the side of the source.
/// </summary>
/// <param name="nodes">How many nodes are expected.</param>
/// <param name="arcs">How many arcs are expected.</param>
internal sealed class MinimumCut(int nodes = 0, int arcs = 0)
{
    /// <summary>A capacity that no cut contains.</summary>
    public const int Infinite = int.MaxValue / 4;

    public const int Source = 0, Sink = 1;

    private readonly List<int> _to = new(2 * arcs), _capacity = new(2 * arcs), _next = new(2 * arcs); // arc a and its reverse a ^ 1
    private readonly List<int> _first = new(nodes + 2) { -1, -1 };

    /// <summary>Adds a node and returns its number.</summary>
    public int AddNode()
    {
        _first.Add(-1);
        return _first.Count - 1;
    }

    /// <summary>Adds an arc; it is cut if <paramref name="from"/> is on the side of the source and <paramref name="to"/> is not.</summary>
    public void AddArc(int from, int to, int capacity)
    {
        if (from == to) return;
        Half(from, to, capacity);
        Half(to, from, 0);
    }

    /// <summary>For each node whether it is on the side of the source.</summary>
    public bool[] SourceSide()
    {
        int[] first = [.. _first];
        Span<int> to = CollectionsMarshal.AsSpan(_to), capacity = CollectionsMarshal.AsSpan(_capacity),
            next = CollectionsMarshal.AsSpan(_next);
        var level = new int[first.Length];
        var queue = new int[first.Length];
        while (Levels(first, to, capacity, next, level, queue))
            Augment([.. first], to, capacity, next, level);
        return [.. level.Select(l => l > 0)];
    }

    private void Half(int from, int to, int capacity)
    {
        _to.Add(to);
        _capacity.Add(capacity);
        _next.Add(_first[from]);
        _first[from] = _to.Count - 1;
    }

    /// <summary>Distances from the source over arcs with capacity left, 1 at the source, 0 where there is no way.</summary>
    /// <returns>Whether the sink can be reached.</returns>
    private static bool Levels(int[] first, Span<int> to, Span<int> capacity, Span<int> next, int[] level, int[] queue)
    {
        Array.Clear(level);
        level[Source] = 1;
        int head = 0, tail = 0;
        queue[tail++] = Source;
        while (head < tail)
        {
            int at = queue[head++];
            for (int a = first[at]; a >= 0; a = next[a])
                if (capacity[a] > 0 && level[to[a]] == 0)
                {
                    level[to[a]] = level[at] + 1;
                    queue[tail++] = to[a];
                }
        }
        return level[Sink] > 0;
    }

    /// <summary>Pushes flow along shortest ways until none is left. <paramref name="current"/> skips arcs that lead nowhere.</summary>
    private static void Augment(int[] current, Span<int> to, Span<int> capacity, Span<int> next, int[] level)
    {
        var path = new Stack<int>();
        int at = Source;
        for (; ; )
        {
            if (at == Sink)
            {
                int flow = Infinite;
                foreach (int a in path) flow = Math.Min(flow, capacity[a]);
                int saturated = -1;
                foreach (int a in path)
                {
                    capacity[a] -= flow;
                    capacity[a ^ 1] += flow;
                    if (capacity[a] == 0) saturated = a; // the last in this order is the first of the way
                }
                while (path.Peek() != saturated) path.Pop();
                at = to[path.Pop() ^ 1];
                continue;
            }
            int arc = current[at];
            while (arc >= 0 && (capacity[arc] <= 0 || level[to[arc]] != level[at] + 1)) arc = next[arc];
            current[at] = arc;
            if (arc >= 0)
            {
                path.Push(arc);
                at = to[arc];
            }
            else
            {
                if (path.Count == 0) return;
                int back = path.Pop();
                at = to[back ^ 1];
                current[at] = next[back];
            }
        }
    }
}
