using GraphPartition.Ir;
using GraphPartition.Partition;

namespace GraphPartition.Compiler.Plan;

/// <summary>
/// The partitioner's view of a graph: nodes are their indices, values that are no constants are tensors. A node's bodies are
/// part of the node, so what they capture counts as its inputs.
/// </summary>
public static class GraphTopology
{
    /// <summary>Elements assumed for a dimension whose size is not known, when tensors are weighed against each other.</summary>
    public const long AssumedSize = 16;

    /// <summary>The graph as index arrays. O(nodes + edges).</summary>
    public static PartitionGraph Of(Graph graph)
    {
        GraphUses uses = graph.Uses;
        var builder = new PartitionGraphBuilder();
        for (int n = 0; n < graph.Nodes.Length; n++) builder.AddNode();
        for (int id = 0; id < uses.ValueCount; id++)
        {
            Value value = uses[id];
            if (value.IsConstant) continue;
            int tensor = builder.AddTensor(uses.ProducerOf(id), WeightOf(value.Type), uses.IsOutput(value));
            foreach (int reader in uses.UsersOf(id)) builder.AddReader(tensor, reader);
        }
        return builder.Build();
    }

    /// <summary>Bytes of a value, with <see cref="AssumedSize"/> for unknown dimensions; at least 1.</summary>
    private static long WeightOf(IrType type)
    {
        if (type is not TensorType tensor) return AssumedSize;
        double bytes = Math.Max(1, tensor.Element.Bits() / 8);
        foreach (Dim d in tensor.Shape?.Dims ?? []) bytes *= d.IsKnown ? d.Size : AssumedSize;
        return (long)Math.Clamp(bytes, 1, 1L << 40);
    }
}
