using System.Collections.Frozen;

namespace GraphPartition.Operators.Bodies;

/// <summary>The operators that can be expressed in others.</summary>
internal static class FunctionBodies
{
    private static readonly FrozenDictionary<OpName, FunctionBody> All = new Dictionary<OpName, FunctionBody>
    {
        ["Attention"] = AttentionBodies.Attention,
        ["Celu"] = ActivationBodies.Celu,
        ["Einsum"] = EinsumBody.Einsum,
        ["Gelu"] = ActivationBodies.Gelu,
        ["GroupNormalization"] = NormalizationBodies.GroupNormalization,
        ["HardSwish"] = ActivationBodies.HardSwish,
        ["LayerNormalization"] = NormalizationBodies.LayerNormalization,
        ["MeanVarianceNormalization"] = NormalizationBodies.MeanVarianceNormalization,
        ["Mish"] = ActivationBodies.Mish,
        ["Pad"] = PadBody.Pad,
        ["Pow"] = MatrixBodies.Pow,
        ["RMSNormalization"] = NormalizationBodies.RmsNormalization,
        ["RotaryEmbedding"] = RotaryBodies.RotaryEmbedding,
        ["SimplifiedLayerNormalization"] = NormalizationBodies.RmsNormalization,
        ["Swish"] = ActivationBodies.Swish(1),
        [Ort("Attention")] = AttentionBodies.PackedAttention,
        [Ort("BiasGelu")] = ActivationBodies.BiasGelu,
        [Ort("EmbedLayerNormalization")] = NormalizationBodies.EmbedLayerNormalization,
        [Ort("FastGelu")] = ActivationBodies.FastGelu,
        [Ort("FusedConv")] = MatrixBodies.FusedConv,
        [Ort("FusedGemm")] = MatrixBodies.FusedGemm,
        [Ort("FusedMatMul")] = MatrixBodies.FusedMatMul,
        [Ort("Gelu")] = ActivationBodies.Gelu,
        [Ort("MatMulNBits")] = MatrixBodies.MatMulNBits,
        [Ort("MultiHeadAttention")] = AttentionBodies.MultiHeadAttention,
        [Ort("QuickGelu")] = ActivationBodies.Swish(1.702f),
        [Ort("RotaryEmbedding")] = RotaryBodies.OrtRotaryEmbedding,
        [Ort("SkipLayerNormalization")] = NormalizationBodies.SkipLayerNormalization,
        [Ort("SkipSimplifiedLayerNormalization")] = NormalizationBodies.SkipRmsNormalization,
    }.ToFrozenDictionary();

    /// <summary>How an operator is expressed in others.</summary>
    /// <returns>The body, or null where there is none.</returns>
    public static FunctionBody? Of(OpName op) => All.GetValueOrDefault(op);

    private static OpName Ort(string type) => new("com.microsoft", type);
}
