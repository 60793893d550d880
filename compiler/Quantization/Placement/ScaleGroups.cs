namespace GraphPartition.Quantization.Placement;

/// <summary>
/// Tensors that must have one scale: what a Concat joins and its result, and what goes through pooling by maximum and through operators
/// that move elements. Otherwise TensorRT needs a kernel that changes the scale.
/// </summary>
internal sealed class ScaleGroups
{
    private readonly Dictionary<Value, Value> _parents = [];

    /// <summary>Finds the groups of a graph.</summary>
    public ScaleGroups(Graph graph)
    {
        foreach (Node node in graph.Nodes)
            if (node.Output(0) is { } result && KeepsScale(node))
                foreach (Value? input in node.Op.Is("Concat") ? node.Inputs : node.Inputs[..1])
                    if (input is { IsConstant: false }) _parents[Root(input)] = Root(result);
    }

    /// <summary>The tensor that represents the group.</summary>
    public Value Root(Value value)
    {
        while (_parents.GetValueOrDefault(value, value) is var parent && parent != value) value = parent;
        return value;
    }

    /// <summary>Whether a node gives back elements of its first inputs, so that quantization before and behind it is the same.</summary>
    public static bool KeepsScale(Node node) => node.Op.Is("MaxPool") && node.Output(1) is null || node.Op.Is("Concat")
        || (node.Op.Domain.Length == 0 && node.Op.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Transpose" or "Identity");
}
