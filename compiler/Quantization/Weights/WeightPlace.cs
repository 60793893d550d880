namespace GraphPartition.Quantization.Weights;

/// <summary>The constant input of a layer that is stored quantized, with a DequantizeLinear in front of the layer.</summary>
/// <param name="Input">The number of the input.</param>
/// <param name="Data">The weight in FP32.</param>
/// <param name="Axis">The axis of the channels of the result.</param>
/// <param name="Sum">The axis that products are summed along, which blocks divide; -1 where there is not one such axis.</param>
public sealed record WeightPlace(int Input, TensorData Data, int Axis, int Sum);
