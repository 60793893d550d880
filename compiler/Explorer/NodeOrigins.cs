using GraphPartition.Explorer.Layout;

namespace GraphPartition.Explorer;

/// <summary>
/// What the nodes before the passes became. Passes keep the names of values, so the node that now defines a value comes from the node that
/// defined it. What that one read of others, and no node defines any more, became a part of it: a fused operator, a removed Identity, a
/// constant that was computed. Nodes that define new values belong to the first of their readers that comes from somewhere. O(V + E).
/// </summary>
internal sealed class NodeOrigins
{
    /// <summary>Compares the nodes of two graphs.</summary>
    public NodeOrigins(NodeTable before, NodeTable after)
    {
        Becomes = [.. before.Keys.Select(_ => -1)];
        Origin = [.. after.Keys.Select(_ => -1)];
        TensorTable old = before.Tensors, now = after.Tensors;
        var made = new List<(int From, int To)>();
        for (int t = 0; t < now.Count; t++)
            if (now.ProducerOf(t) is >= 0 and var to && old.Find(now, t) is >= 0 and var was && old.ProducerOf(was) is >= 0 and var from)
            {
                made.Add((from, to));
                Becomes[from] = to;
                if (Origin[to] < 0) Origin[to] = from;
            }
        Neighbors read = Neighbors.Of(Becomes.Length, before.Edges.Where(e => e.Tensor >= 0).Select(e => (e.To, e.Tensor)));
        var open = new Stack<int>();
        foreach ((int from, int to) in made)
        {
            open.Push(from);
            while (open.TryPop(out int node))
                foreach (int t in read[node])
                    if (now.Find(old, t) < 0 && Becomes[old.ProducerOf(t)] < 0)
                    {
                        Becomes[old.ProducerOf(t)] = to;
                        open.Push(old.ProducerOf(t));
                    }
        }
        Neighbors readers = Neighbors.Of(Origin.Length, after.Edges.Where(e => e.Tensor >= 0).Select(e => (e.From, e.To)));
        for (int n = Origin.Length - 1; n >= 0; n--)
            foreach (int reader in readers[n])
                if (Origin[n] < 0) Origin[n] = Origin[reader];
    }

    /// <summary>For each node before the passes the node that it became, or became a part of; -1: nothing is left of it.</summary>
    public int[] Becomes { get; }

    /// <summary>For each node after the passes the node that it comes from; -1: it is not known.</summary>
    public int[] Origin { get; }
}
