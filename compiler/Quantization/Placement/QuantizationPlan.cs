using GraphPartition.Quantization.Weights;

namespace GraphPartition.Quantization.Placement;

/// <summary>An input of a node that gets a pair of QuantizeLinear and DequantizeLinear in front of it.</summary>
/// <param name="User">The node.</param>
/// <param name="Input">The number of its input.</param>
/// <param name="Group">The group of tensors that share its scale.</param>
public sealed record Place(Node User, int Input, int Group)
{
    /// <summary>The tensor.</summary>
    public Value Value => User.Inputs[Input]!;
}

/// <summary>A convolution or matrix product that is computed in a quantized format, as a whole or not at all.</summary>
/// <param name="Node">The node.</param>
/// <param name="Places">Its activations, the skip input of the Add that is fused with it, and the input of pooling beside it.</param>
/// <param name="Weight">Its weight; null where both factors are activations.</param>
public sealed record QuantizedLayer(Node Node, ImmutableArray<Place> Places, WeightPlace? Weight);

/// <summary>A layer that is not quantized.</summary>
/// <param name="Node">The node.</param>
/// <param name="Reason">Why not.</param>
public sealed record KeptLayer(Node Node, string Reason);

/// <summary>Where quantization goes.</summary>
/// <param name="Layers">The layers that can be quantized, in the order of the graph.</param>
/// <param name="Kept">Convolutions and products that cannot, or should not.</param>
/// <param name="Groups">For each scale the tensors that it is for.</param>
public sealed record QuantizationPlan(
    ImmutableArray<QuantizedLayer> Layers, ImmutableArray<KeptLayer> Kept, ImmutableArray<ImmutableArray<Value>> Groups);
