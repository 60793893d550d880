using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Running;

/// <summary>The border of a group: the inputs and outputs of the node that takes its place, in the order of that node.</summary>
/// <param name="Inputs">The names of the inputs in the group's model.</param>
/// <param name="Outputs">The names of the outputs in the group's model.</param>
/// <param name="Sizes">The sizes of each output; null where only a run tells them.</param>
internal sealed record GroupBorder(
    ImmutableArray<string> Inputs, ImmutableArray<string> Outputs, ImmutableArray<ImmutableArray<long>?> Sizes)
{
    /// <summary>The border of a group whose model has the names of the host.</summary>
    public static GroupBorder Of(OrtHost ort, HostNode fused) => Of(ort, fused, name => name);

    /// <summary>
    /// The border of a node that stands for a model of its own, which knows inputs and outputs by their places. ONNX Runtime may have
    /// given the values other names, and the node that takes the place of the node may have them in another order.
    /// </summary>
    /// <param name="ort">The host.</param>
    /// <param name="fused">The node that takes the place.</param>
    /// <param name="node">The node.</param>
    /// <param name="graph">The graph of the model.</param>
    /// <exception cref="ModelException">GP5106: the node has other inputs or outputs than the model.</exception>
    public static GroupBorder Of(OrtHost ort, HostNode fused, HostNode node, Graph graph)
    {
        var names = new Dictionary<string, string>();
        if (node.Inputs.Length < graph.Inputs.Length || node.Outputs.Length != graph.Outputs.Length)
            throw ProviderCodes.BadContext.Error(node.Label,
                $"it has {node.Inputs.Length} inputs and {node.Outputs.Length} outputs, its group has {graph.Inputs.Length} and {graph.Outputs.Length}");
        for (int i = 0; i < graph.Inputs.Length; i++) names[node.Inputs[i].Name] = graph.Inputs[i].Name;
        for (int i = 0; i < graph.Outputs.Length; i++) names[node.Outputs[i].Name] = graph.Outputs[i].Name;
        return Of(ort, fused, name => names.TryGetValue(name, out string? inside) ? inside
            : throw ProviderCodes.BadContext.Error(node.Label, $"'{name}' is no input or output of its group"));
    }

    private static GroupBorder Of(OrtHost ort, HostNode fused, Func<string, string> inside) => new(
        [.. fused.Inputs.Select(v => inside(v.Name))], [.. fused.Outputs.Select(v => inside(v.Name))],
        [.. fused.Outputs.Select(v => HostTypes.SizesOf(ort, v.TypeInfo) is { } sizes && sizes.All(s => s >= 0) ? sizes
            : (ImmutableArray<long>?)null)]);
}
