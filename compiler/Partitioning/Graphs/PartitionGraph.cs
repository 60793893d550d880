namespace GraphPartition.Partitioning.Graphs;

/// <summary>
/// The graph that partitioners see: nodes and tensors are indices, edges are compressed arrays, and it never changes.
/// It is acyclic: only <see cref="PartitionGraphBuilder"/> creates graphs, and it refuses cycles.
/// </summary>
/// <remarks>
/// Constants are not part of it: a weight that two nodes read must not join their groups. Node numbers carry no meaning; they need not
/// be topological, and no result depends on them.
/// </remarks>
public sealed class PartitionGraph
{
    private readonly int[] _order;
    private readonly int[] _producers;
    private readonly long[] _bytes;
    private readonly bool[] _isOutput;
    private readonly CompressedRows _readers;
    private readonly CompressedRows _successors;
    private readonly CompressedRows _predecessors;

    internal PartitionGraph(
        TensorTable tensors, CompressedRows readers, CompressedRows successors, CompressedRows predecessors, int[] order)
    {
        _order = order;
        _producers = tensors.Producers;
        _bytes = tensors.Bytes;
        _isOutput = tensors.IsOutput;
        _readers = readers;
        _successors = successors;
        _predecessors = predecessors;
    }

    /// <summary>The number of nodes; their numbers are 0 to <c>NodeCount - 1</c>.</summary>
    public int NodeCount => _order.Length;

    /// <summary>The number of tensors; their numbers are 0 to <c>TensorCount - 1</c>.</summary>
    public int TensorCount => _producers.Length;

    /// <summary>The number of different pairs (producer, reader).</summary>
    public int EdgeCount => _successors.Count;

    /// <summary>All nodes, each after its predecessors.</summary>
    public ReadOnlySpan<int> TopologicalOrder => _order;

    /// <summary>The nodes that read a tensor of <paramref name="node"/>, each once.</summary>
    public ReadOnlySpan<int> Successors(int node) => _successors[node];

    /// <summary>The nodes that produce the tensors which <paramref name="node"/> reads, each once, in the order of its inputs.</summary>
    public ReadOnlySpan<int> Predecessors(int node) => _predecessors[node];

    /// <summary>The node that produces <paramref name="tensor"/>.</summary>
    /// <returns>The node, or -1 for an input of the graph.</returns>
    public int ProducerOf(int tensor) => _producers[tensor];

    /// <summary>The nodes that read <paramref name="tensor"/>, each once.</summary>
    public ReadOnlySpan<int> ReadersOf(int tensor) => _readers[tensor];

    /// <summary>The size of <paramref name="tensor"/> in bytes.</summary>
    public long BytesOf(int tensor) => _bytes[tensor];

    /// <summary>Whether <paramref name="tensor"/> is an output of the graph.</summary>
    public bool IsOutput(int tensor) => _isOutput[tensor];

    /// <summary>A graph in which every node produces one tensor of one byte: the shortest way to write a test.</summary>
    /// <param name="predecessors">For each node, the nodes it reads.</param>
    /// <exception cref="ArgumentException">The edges form a cycle.</exception>
    public static PartitionGraph FromPredecessors(IReadOnlyList<IReadOnlyList<int>> predecessors)
    {
        ArgumentNullException.ThrowIfNull(predecessors);
        var builder = new PartitionGraphBuilder();
        for (int node = 0; node < predecessors.Count; node++) builder.AddTensor(builder.AddNode(), 1);
        for (int node = 0; node < predecessors.Count; node++)
        {
            foreach (int predecessor in predecessors[node]) builder.AddReader(predecessor, node);
        }
        return builder.Build();
    }
}

/// <summary>The properties of each tensor, without its readers.</summary>
internal readonly record struct TensorTable(int[] Producers, long[] Bytes, bool[] IsOutput);
