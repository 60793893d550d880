using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace GraphPartition.Partitioning.Graphs;

/// <summary>Collects nodes and tensors, in any order, and makes a <see cref="PartitionGraph"/> in O(V + E).</summary>
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
    /// <param name="producer">The node that makes it, or -1 for an input of the graph.</param>
    /// <param name="bytes">Its size; unknown sizes should be given some positive estimate.</param>
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

    /// <summary>Says that <paramref name="node"/> reads <paramref name="tensor"/>; saying it twice changes nothing.</summary>
    public void AddReader(int tensor, int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        _readTensors.Add(tensor);
        _readingNodes.Add(node);
    }

    /// <summary>Makes the graph.</summary>
    /// <exception cref="ArgumentException">The edges form a cycle, or name a node or tensor that was never added.</exception>
    public PartitionGraph Build() =>
        TryBuild(out PartitionGraph? graph, out IReadOnlyList<int> cycle)
            ? graph
            : throw new ArgumentException($"the graph has a cycle through the nodes {string.Join(", ", cycle)}");

    /// <summary>
    /// Makes the graph, or says which nodes form a cycle (each reads the one before; the first reads the last).
    /// </summary>
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
        int[] order = TopologicalSort.Order(_nodeCount, successors, predecessors);
        bool acyclic = order.Length == _nodeCount;
        graph = acyclic ? new PartitionGraph(tensors, readers, successors, predecessors, order) : null;
        cycle = acyclic ? [] : TopologicalSort.FindCycle(_nodeCount, order, predecessors);
        return acyclic;
    }

    private CompressedRows SuccessorsOf(int[] producers, CompressedRows readers)
    {
        int[] from = new int[readers.Count];
        int[] to = new int[readers.Count];
        int count = 0;
        for (int tensor = 0; tensor < producers.Length; tensor++)
        {
            if (producers[tensor] < 0)
            {
                continue;
            }

            foreach (int reader in readers[tensor])
            {
                from[count] = producers[tensor];
                to[count++] = reader;
            }
        }

        return CompressedRows.FromPairs(_nodeCount, from.AsSpan(0, count), to.AsSpan(0, count)).WithoutRepeats(_nodeCount);
    }

    // In the order in which readers were added: the order of a node's inputs, which some replayed rules look at.
    private CompressedRows PredecessorsOf(int[] producers)
    {
        int[] readers = new int[_readTensors.Count];
        int[] from = new int[_readTensors.Count];
        int count = 0;
        for (int i = 0; i < _readTensors.Count; i++)
        {
            if (producers[_readTensors[i]] >= 0)
            {
                readers[count] = _readingNodes[i];
                from[count++] = producers[_readTensors[i]];
            }
        }

        return CompressedRows.FromPairs(_nodeCount, readers.AsSpan(0, count), from.AsSpan(0, count)).WithoutRepeats(_nodeCount);
    }

    private void CheckNumbers()
    {
        foreach (int producer in _producers)
        {
            Check(producer, _nodeCount, "node");
        }

        foreach (int node in _readingNodes)
        {
            Check(node, _nodeCount, "node");
        }

        foreach (int tensor in _readTensors)
        {
            Check(tensor, _producers.Count, "tensor");
        }
    }

    private static void Check(int number, int count, string what)
    {
        if (number >= count)
        {
            throw new ArgumentException($"there is no {what} {number}: only {count} were added");
        }
    }
}
