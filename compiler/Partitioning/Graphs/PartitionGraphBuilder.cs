using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace GraphPartition.Partitioning.Graphs;

/// <summary>Collects nodes and tensors, in any order, and builds a <see cref="PartitionGraph"/> in O(V + E).</summary>
/// <param name="tensorCapacity">How many tensors are expected.</param>
/// <param name="readerCapacity">How many readers of tensors are expected.</param>
public sealed class PartitionGraphBuilder(int tensorCapacity = 0, int readerCapacity = 0)
{
    private readonly List<int> _producers = new(tensorCapacity);
    private readonly List<long> _bytes = new(tensorCapacity);
    private readonly List<bool> _isOutput = new(tensorCapacity);
    private readonly List<int> _readTensors = new(readerCapacity);
    private readonly List<int> _readingNodes = new(readerCapacity);
    private int _nodeCount;

    /// <summary>Adds a node and returns its number: 0, 1, 2 and so on.</summary>
    public int AddNode() => _nodeCount++;

    /// <summary>Adds a tensor and returns its number: 0, 1, 2 and so on.</summary>
    /// <param name="producer">The node that produces it, or -1 for an input of the graph.</param>
    /// <param name="bytes">Its size; use a positive estimate where it is not known.</param>
    /// <param name="isOutput">Whether it is an output of the graph.</param>
    public int AddTensor(int producer, long bytes, bool isOutput = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(producer, -1);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _producers.Add(producer);
        _bytes.Add(bytes);
        _isOutput.Add(isOutput);
        return _producers.Count - 1;
    }

    /// <summary>Records that <paramref name="node"/> reads <paramref name="tensor"/>; a repeated call changes nothing.</summary>
    public void AddReader(int tensor, int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        _readTensors.Add(tensor);
        _readingNodes.Add(node);
    }

    /// <summary>Builds the graph.</summary>
    /// <exception cref="ArgumentException">The edges form a cycle, or name a node or tensor that was never added.</exception>
    public PartitionGraph Build() =>
        TryBuild(out PartitionGraph? graph, out IReadOnlyList<int> cycle)
            ? graph : throw new ArgumentException($"the graph has a cycle through the nodes {string.Join(", ", cycle)}");

    /// <summary>Builds the graph, or lists nodes that form a cycle (each reads the one before; the first reads the last).</summary>
    /// <exception cref="ArgumentException">A producer or reader was never added.</exception>
    public bool TryBuild([NotNullWhen(true)] out PartitionGraph? graph, out IReadOnlyList<int> cycle)
    {
        CheckNumbers();
        var tensors = new TensorTable([.. _producers], [.. _bytes], [.. _isOutput]);
        ReadOnlySpan<int> readTensors = CollectionsMarshal.AsSpan(_readTensors);
        ReadOnlySpan<int> readingNodes = CollectionsMarshal.AsSpan(_readingNodes);
        CompressedRows readers = CompressedRows
            .FromPairs(tensors.Producers.Length, readTensors, readingNodes)
            .WithoutRepeats(_nodeCount);
        CompressedRows successors = SuccessorsOf(tensors.Producers, readers);
        CompressedRows predecessors = PredecessorsOf(tensors.Producers);
        int[] order = OrderOf(_nodeCount, successors, predecessors);
        bool acyclic = order.Length == _nodeCount;
        graph = acyclic ? new PartitionGraph(tensors, readers, successors, predecessors, order) : null;
        cycle = acyclic ? [] : FindCycle(_nodeCount, order, predecessors);
        return acyclic;
    }

    private CompressedRows SuccessorsOf(int[] producers, CompressedRows readers)
    {
        var successors = new RowWriter(_nodeCount);
        for (int tensor = 0; tensor < producers.Length; tensor++)
            if (producers[tensor] >= 0) successors.Count(producers[tensor], readers[tensor].Length);
        successors.Allocate();
        for (int tensor = 0; tensor < producers.Length; tensor++)
            if (producers[tensor] >= 0) successors.Add(producers[tensor], readers[tensor]);
        return successors.ToRows().WithoutRepeats(_nodeCount);
    }

    // In the order in which readers were added: the order of a node's inputs, on which some published rules depend.
    private CompressedRows PredecessorsOf(int[] producers)
    {
        var predecessors = new RowWriter(_nodeCount);
        for (int i = 0; i < _readTensors.Count; i++)
            if (producers[_readTensors[i]] >= 0) predecessors.Count(_readingNodes[i]);
        predecessors.Allocate();
        for (int i = 0; i < _readTensors.Count; i++)
            if (producers[_readTensors[i]] is >= 0 and var from) predecessors.Add(_readingNodes[i], from);
        return predecessors.ToRows().WithoutRepeats(_nodeCount);
    }

    private void CheckNumbers()
    {
        foreach (int producer in _producers) Check(producer, _nodeCount, "node");
        foreach (int node in _readingNodes) Check(node, _nodeCount, "node");
        foreach (int tensor in _readTensors) Check(tensor, _producers.Count, "tensor");
    }

    private static void Check(int number, int count, string what)
    {
        if (number >= count)
            throw new ArgumentException($"there is no {what} {number}: only {count} were added");
    }

    /// <summary>All nodes, each after its predecessors (A. B. Kahn, 1962); nodes on a cycle or after one are missing. O(V + E).</summary>
    private static int[] OrderOf(int nodeCount, CompressedRows successors, CompressedRows predecessors)
    {
        int[] waiting = new int[nodeCount];
        int[] order = new int[nodeCount];
        int ready = 0;
        for (int node = 0; node < nodeCount; node++)
        {
            waiting[node] = predecessors[node].Length;
            if (waiting[node] == 0) order[ready++] = node;
        }
        // The order is its own queue: what lies before `done` is finished, what lies between `done` and `ready` waits.
        for (int done = 0; done < ready; done++)
        {
            foreach (int successor in successors[order[done]])
            {
                if (--waiting[successor] == 0) order[ready++] = successor;
            }
        }
        return ready == nodeCount ? order : order[..ready];
    }

    /// <summary>A cycle among the nodes that <paramref name="order"/> misses, along the edges.</summary>
    private static int[] FindCycle(int nodeCount, ReadOnlySpan<int> order, CompressedRows predecessors)
    {
        bool[] ordered = new bool[nodeCount];
        foreach (int node in order) ordered[node] = true;
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
