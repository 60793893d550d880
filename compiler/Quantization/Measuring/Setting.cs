namespace GraphPartition.Quantization.Measuring;

/// <summary>The numbers of a quantization that are not in the model.</summary>
/// <param name="Scales">The scale of each group.</param>
/// <param name="Corrections">For each layer what is added to its bias where it is quantized; null: nothing. Empty: nothing at all.</param>
internal sealed record Setting(float[] Scales, float[]?[] Corrections)
{
    /// <summary>What is added to the bias of a layer; null: nothing.</summary>
    public float[]? CorrectionOf(int layer) => Corrections.Length > 0 ? Corrections[layer] : null;

    /// <summary>The setting with all scales multiplied.</summary>
    public Setting Times(float factor) => factor == 1 ? this : this with { Scales = [.. Scales.Select(s => s * factor)] };
}
