using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Rewriting;

/// <summary>What becomes of the inputs of one node.</summary>
/// <param name="Group">The group whose scale the pair has; -1: the input is a weight.</param>
/// <param name="Weight">The quantized weight; null: the input is an activation.</param>
/// <param name="Pair">Uses with equal numbers share a pair.</param>
internal sealed record InputEdit(int Group, QuantizedWeight? Weight, int Pair)
{
    /// <summary>What is added to the bias; null: the input is no bias.</summary>
    public float[]? Correction { get; init; }
}

/// <summary>The edits of a choice of layers, by node and input.</summary>
internal static class LayerEdits
{
    /// <summary>Collects the edits.</summary>
    /// <param name="plan">The layers.</param>
    /// <param name="chosen">Which of them are quantized.</param>
    /// <param name="setting">What is added to biases.</param>
    /// <param name="options">The format.</param>
    /// <param name="copyOf">The node of the graph that is edited, for a node of the plan.</param>
    /// <param name="engineOf">The engine of a node; -1: none.</param>
    public static Dictionary<Node, Dictionary<int, InputEdit>> Of(
        QuantizationPlan plan, IReadOnlyList<bool> chosen, Setting setting, QuantizationOptions options,
        Func<Node, Node> copyOf, Func<Node, int> engineOf)
    {
        var edits = new Dictionary<Node, Dictionary<int, InputEdit>>();
        for (int l = 0; l < plan.Layers.Length; l++)
        {
            if (!chosen[l]) continue;
            QuantizedLayer layer = plan.Layers[l];
            if (layer.Weight is { } weight)
            {
                Node copy = copyOf(layer.Node);
                Value constant = copy.Inputs[weight.Input]!;
                EditsOf(copy)[weight.Input] = new(-1, QuantizedWeight.Of(weight, options, constant.ElementType, constant.Name), 0);
            }
            if (setting.CorrectionOf(l) is { } correction) EditsOf(copyOf(layer.Node))[2] = new(-1, null, 0) { Correction = correction };
            foreach (Place place in layer.Places) EditsOf(copyOf(place.User))[place.Input] = new(place.Group, null, engineOf(place.User));
        }
        return edits;

        Dictionary<int, InputEdit> EditsOf(Node node)
        {
            if (!edits.TryGetValue(node, out var inputs)) edits.Add(node, inputs = []);
            return inputs;
        }
    }
}
