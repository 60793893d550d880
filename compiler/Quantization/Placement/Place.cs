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

/// <summary>The constant input of a layer that is stored quantized, with a DequantizeLinear in front of the layer.</summary>
/// <param name="Input">The number of the input.</param>
/// <param name="Data">The weight in FP32.</param>
/// <param name="Axis">The axis of the channels of the result.</param>
/// <param name="Sum">The axis that products are summed along, which blocks divide; -1 where there is not one such axis.</param>
public sealed record WeightPlace(int Input, TensorData Data, int Axis, int Sum);

/// <summary>A convolution or matrix product that is computed in a quantized format, as a whole or not at all.</summary>
/// <param name="Node">The node.</param>
/// <param name="Places">Its activations, and the skip input of the Add that is fused with it.</param>
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
