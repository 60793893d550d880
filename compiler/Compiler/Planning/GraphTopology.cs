using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compiler.Planning;

/// <summary>
/// The partitioner's view of a graph: nodes are their indices, and all values but constants are tensors. A node's bodies are part of
/// the node, so the values that they capture count as its inputs.
/// </summary>
public static class GraphTopology
{
    /// <summary>The size assumed for an unknown dimension, when the sizes of tensors are compared.</summary>
    public const long AssumedSize = 16;

    /// <summary>
    /// The graph as index arrays. Predecessors are in the order of a node's inputs, on which some published rules depend.
    /// O(nodes + edges).
    /// </summary>
    public static PartitionGraph Of(Graph graph)
    {
        GraphUses uses = graph.Uses;
        var builder = new PartitionGraphBuilder(uses.ValueCount, uses.UseCount);
        int[] tensorOf = new int[uses.ValueCount];
        for (int id = 0; id < uses.ValueCount; id++)
        {
            Value value = uses[id];
            tensorOf[id] = value.IsConstant ? -1 : builder.AddTensor(uses.ProducerOf(id), WeightOf(value.Type), uses.IsOutput(value));
        }
        foreach (Node node in graph.Nodes)
        {
            int n = builder.AddNode();
            foreach (Value? value in node.Inputs) Read(value, n);
            foreach (Value value in node.Captures) Read(value, n);
        }
        return builder.Build();

        void Read(Value? value, int node)
        {
            if (value is { IsConstant: false }) builder.AddReader(tensorOf[uses.IdOf(value)], node);
        }
    }

    /// <summary>Bytes of a value of this type, with <see cref="AssumedSize"/> for unknown dimensions; at least 1.</summary>
    public static long WeightOf(IrType type)
    {
        if (type is not TensorType tensor) return AssumedSize;
        double bytes = Math.Max(1, tensor.Element.Bits() / 8);
        foreach (Dim d in tensor.Shape?.Dims ?? []) bytes *= d.IsKnown ? d.Size : AssumedSize;
        return (long)Math.Clamp(bytes, 1, 1L << 40);
    }
}
