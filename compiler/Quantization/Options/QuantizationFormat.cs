namespace GraphPartition.Quantization.Options;

/// <summary>A quantized number format.</summary>
/// <param name="Name">The name in options and reports.</param>
/// <param name="Element">The element type of quantized tensors.</param>
/// <param name="Largest">The largest magnitude of a symmetric range: a scale is the threshold divided by it.</param>
/// <param name="Opset">The first opset that has the form which is written.</param>
public sealed record QuantizationFormat(string Name, ElementType Element, float Largest, int Opset)
{
    /// <summary>8-bit integers, for activations (per tensor) and weights (per channel). The zero point is always 0.</summary>
    public static QuantizationFormat Int8 { get; } = new("int8", ElementType.Int8, 127, 13);

    /// <summary>Float8 E4M3 (https://arxiv.org/abs/2209.05433), for activations and weights.</summary>
    public static QuantizationFormat Fp8 { get; } = new("fp8", ElementType.Float8E4M3FN, 448, 19);

    /// <summary>4-bit integers in blocks, for weights of matrix products only; activations stay as they are.</summary>
    public static QuantizationFormat Int4Weights { get; } = new("int4-weights", ElementType.Int4, 7, 21);

    /// <summary>All formats.</summary>
    public static ImmutableArray<QuantizationFormat> All { get; } = [Int8, Fp8, Int4Weights];

    /// <summary>Whether activations are quantized too, so that they need a calibration.</summary>
    public bool HasActivations => this != Int4Weights;
}
