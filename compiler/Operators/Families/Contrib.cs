namespace GraphPartition.Operators.Families;

/// <summary>
/// ONNX Runtime's fused operators (domain com.microsoft) that exporters and its optimizer write:
/// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. Relatives of standard operators are in
/// those operators' families.
/// </summary>
internal static class Contrib
{
    private static readonly OperatorDefinition
        Same = Pure with { Types = Elementwise.SameAsFirst, Sizes = Rising },
        Activation = Same with { LowPrecision = LowPrecision.Follows, Rows = BatchRules.Broadcast },
        Pair = Pure with { Types = Elementwise.Broadcast, Sizes = SizeRules.Elementwise },
        SkipNormalization = Pure with
        {
            Types = SkipLayerNormalization,
            Rows = SkipLayerNormalization,
            LowPrecision = LowPrecision.Follows,
        };

    public static OperatorFamily Family => new()
    {
        [OrtDomain, "FastGelu"] = Activation with { Body = ActivationBodies.FastGelu },
        [OrtDomain, "QuickGelu"] = Activation with { Body = ActivationBodies.Swish(1.702f) },
        [OrtDomain, "Gelu"] = Activation with { Work = Work.Hard, Body = ActivationBodies.Gelu },
        [OrtDomain, "BiasGelu"] = Pair with
        {
            LowPrecision = LowPrecision.Follows,
            Rows = BatchRules.Broadcast,
            Body = ActivationBodies.BiasGelu,
        },
        [OrtDomain, "BiasAdd GatedAdd"] = Pair,
        [OrtDomain, "BiasSoftmax GatedRMSNorm GroupNorm MoE QMoE SampleOp"] = Same,
        [OrtDomain, "SkipLayerNormalization"] = SkipNormalization with { Body = NormalizationBodies.SkipLayerNormalization },
        [OrtDomain, "SkipSimplifiedLayerNormalization"] = SkipNormalization with { Body = NormalizationBodies.SkipRmsNormalization },
        [OrtDomain, "SkipGroupNorm"] = Pure with { Types = n => SameAll(n) },
        [OrtDomain, "EmbedLayerNormalization"] = Pure with
        {
            Types = EmbedLayerNormalization,
            Body = NormalizationBodies.EmbedLayerNormalization,
        },
        [OrtDomain, "QEmbedLayerNormalization"] = Pure with
        {
            Types = EmbedLayerNormalization,
            Body = NormalizationBodies.QuantizedEmbedLayerNormalization,
        },
        [OrtDomain, "BiasSplitGelu"] = Pure with { Types = BiasSplitGelu },
        [OrtDomain, "NGramRepeatBlock"] = Pure with { Types = n => n.Set(0, n.Shape(1)) },
        [OrtDomain, "CDist"] = Pure with { Types = n => n.Set(0, new Shape(n.Dim(0, 0), n.Dim(1, 0))) },
        [OrtDomain, "IsAllFinite"] = Pure with { Types = n => n.Set(0, Shape.Scalar) },
        [OrtDomain, "TorchEmbedding"] = Pure with
        {
            Types = n => n.Set(0, n.Shape(1) is { } i && n.Shape(0) is { Rank: > 0 } w ? new Shape(i.Dims.Add(w[^1])) : null),
        },
        [OrtDomain, "RelativePositionBias"] = Pure with { Types = RelativePositionBias },
        [OrtDomain, "WordConvEmbedding"] = Pure with { Types = WordConvEmbedding },
        [OrtDomain, "BifurcationDetector"] = Pure with { Types = BifurcationDetector },
        [OrtDomain, "DynamicTimeWarping EngramGate GatedRelativePositionBias NGramHashMapping RemovePadding RestorePadding"] = Pure,
        [OrtDomain, "VarlenCausalConvWithState"] = Pure,
    };

    private static void SameAll(NodeTyping n)
    {
        for (int i = 0; i < n.OutputCount; i++) n.Set(i, n.Shape(0));
    }

    /// <summary>Outputs: the normalized sum, its mean, its inverse deviation (both [.., 1]), and the sum itself.</summary>
    private static void SkipLayerNormalization(NodeTyping n)
    {
        Normalization.Statistics(n, ElementType.Float32);
        n.Set(3, n.Shape(0));
    }

    private static void EmbedLayerNormalization(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 2 } ids) return;
        var shape = new Shape([.. ids, n.Dim(2, -1)]);
        n.Set(0, n.Element(2) is ElementType.UInt8 or ElementType.Int8 ? ElementType.Float32 : n.Element(2), shape);
        n.Set(1, ElementType.Int32, n.Int("mask_index_type", 1) == 1 || !n.Attributes.Has("mask_index_type") ? new Shape(ids[0]) : null);
        n.Set(2, shape);
    }

    /// <summary>Halves the last dimension: one half is the gate.</summary>
    private static void BiasSplitGelu(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } s) n.Set(0, s.With(s.Rank - 1, DimMath.Div(s[^1], 2)));
    }

    private static void RelativePositionBias(NodeTyping n)
    {
        Dim query = n.Elements(1) is [var q] ? DimMath.AsDim(q) : Dim.Unknown,
            key = n.Elements(2) is [var k] ? DimMath.AsDim(k) : Dim.Unknown;
        n.Set(0, new Shape(1, n.Dim(0, 1), query, key));
    }

    /// <summary>The letters of each word, [..., letters], become one vector of as many elements as there are filters.</summary>
    private static void WordConvEmbedding(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: > 0 } letters) n.Set(0, letters.With(letters.Rank - 1, n.Dim(1, 0)));
    }

    private static void BifurcationDetector(NodeTyping n)
    {
        n.Set(0, new Shape(n.FreshSymbol()));
        n.Set(1, Shape.Scalar);
    }

    /// <summary>The sum of two inputs is normalized over its last axis, and is the fourth output.</summary>
    private static BatchAnswer SkipLayerNormalization(BatchNode n)
    {
        (BatchFact x, BatchFact skip) = (n.In(0), n.In(1));
        if ((BatchNode.WhyNotAligned(skip, x.Axis, x.Rank) ?? n.WhyNotFixed(2, 3, 4)) is { } reason) return reason;
        BatchAnswer answer = Normalization.Layer(n, -1);
        return answer.Refusal is null ? BatchAnswer.Of(answer.Facts[0], answer.Facts[1], answer.Facts[2], x) : answer;
    }
}
