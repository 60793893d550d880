namespace GraphPartition.Operators.Families;

/// <summary>Quantization, and arithmetic on quantized tensors.</summary>
internal static class Quantization
{
    /// <summary>Why rows meet where a scale is computed.</summary>
    public const string OneScale = "it takes one scale for the whole batch";

    private static readonly OperatorDefinition
        Common = Pure with { Types = Elementwise.SameAsFirst, Sizes = Rising },
        Standard = Common with { Check = NodeChecks.Linear, Rows = Scaled, Work = Work.Simple, OrtCuda = OnDevice },
        OfPairs = Common with { Types = n => Pair(n, 0, 3), Rows = Pair },
        OfTensors = Common with { Rows = n => n.WhyNotFixed(1, 2, 3, 4) ?? (BatchAnswer)n.In(0) };

    public static OperatorFamily Family => new()
    {
        ["QuantizeLinear"] = Standard with { Types = n => n.Set(0, Quantized(n), n.Shape(0)), Body = QuantizationBodies.QuantizeLinear },
        ["DequantizeLinear"] = Standard with
        {
            Types = n => n.Set(0, n.ElementAttribute("output_dtype", n.Element(1)), n.Shape(0)),
            Body = QuantizationBodies.DequantizeLinear,
        },
        ["DynamicQuantizeLinear"] = Common with
        {
            Types = DynamicQuantizeLinear,
            Rows = Unless(OneScale),
            TakesSizes = true,
            Body = QuantizationBodies.DynamicQuantizeLinear,
        },
        [OrtDomain, "QuantizeLinear"] = Common with
        {
            Types = n => n.Set(0, Quantized(n), n.Shape(0)),
            Rows = Scaled,
            Body = QuantizationBodies.QuantizeLinear,
        },
        [OrtDomain, "DequantizeLinear"] = Common with
        {
            Types = n => n.Set(0, n.Element(1), n.Shape(0)),
            Rows = Scaled,
            Body = QuantizationBodies.DequantizeLinear,
        },
        [OrtDomain, "QLinearLeakyRelu"] = OfTensors with { Body = QuantizationBodies.OfOne("LeakyRelu", "alpha") },
        [OrtDomain, "QLinearSigmoid"] = OfTensors with { Body = QuantizationBodies.OfOne("Sigmoid") },
        [OrtDomain, "QLinearSoftmax"] = Common with { Body = QuantizationBodies.Softmax },
        [OrtDomain, "DequantizeWithOrder QOrderedGelu QOrderedLayerNormalization QuantizeWithOrder"] = Common,
        [OrtDomain, "QLinearAdd"] = OfPairs with { Body = QuantizationBodies.OfTwo("Add") },
        [OrtDomain, "QLinearMul"] = OfPairs with { Body = QuantizationBodies.OfTwo("Mul") },
        [OrtDomain, "QLinearWhere"] = Common with { Types = Where, Body = QuantizationBodies.Where },
        [OrtDomain, "QLinearConcat"] = Common with { Types = Concat, Body = QuantizationBodies.Concat },
        [OrtDomain, "DequantizeBFP QuantizeBFP"] = Common with { Types = null },
    };

    /// <summary>The zero point's type, else the attribute's, else uint8.</summary>
    private static ElementType Quantized(NodeTyping n) =>
        n.Has(2) ? n.Element(2) : n.ElementAttribute("output_dtype", ElementType.UInt8);

    private static void DynamicQuantizeLinear(NodeTyping n)
    {
        n.Set(0, ElementType.UInt8, n.Shape(0));
        n.Set(1, ElementType.Float32, Shape.Scalar);
        n.Set(2, ElementType.UInt8, Shape.Scalar);
    }

    private static void Pair(NodeTyping n, int a, int b) =>
        n.Set(0, n.Shape(a) is { } x && n.Shape(b) is { } y ? Broadcasting.Of(n, x, y) : null);

    private static void Where(NodeTyping n) =>
        n.Set(0, n.Shape(0) is { } c && n.Shape(1) is { } x && n.Shape(4) is { } y
            ? Broadcasting.Of(n, c, Broadcasting.Of(n, x, y)) : null);

    /// <summary>Inputs are a scale, a zero point, and then triples of tensor, scale and zero point.</summary>
    private static void Concat(NodeTyping n)
    {
        if (n.Shape(2) is not { } shape || n.Axis("axis", 0, shape.Rank) is not { } axis)
        {
            n.Set(0, n.Element(1), null);
            return;
        }
        Dim sum = shape[axis];
        for (int i = 5; i < n.InputCount; i += 3) sum = DimMath.Add(sum, n.Dim(i, axis));
        n.Set(0, n.Element(1), shape.With(axis, sum));
    }

    /// <summary>A scale for the tensor, for each place of one axis, or for blocks: none of it may be of single rows.</summary>
    private static BatchAnswer Scaled(BatchNode n)
    {
        (BatchFact x, BatchFact scale) = (n.In(0), n.In(1));
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (!x.HasRows || scale.Rank == 0 || (scale.Rank > 0 && scale.Dims.All(d => d.Is(1)))) return x;
        bool isOfOtherAxis = scale.Rank == 1 && n.Axis("axis", 1, x.Rank) is { } axis && axis != x.Axis;
        return isOfOtherAxis ? x : "it has a scale for each row of the batch";
    }

    /// <summary>Inputs 0 and 3 are broadcast together; all others are scales and zeros of whole tensors.</summary>
    private static BatchAnswer Pair(BatchNode n)
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(3));
        if (n.WhyNotFixed(1, 2, 4, 5, 6, 7) is { } reason) return reason;
        if (!a.HasRows && !b.HasRows) return BatchFact.Fixed();
        int rank = Math.Max(a.Rank, b.Rank), axis = a.HasRows ? a.Axis + rank - a.Rank : b.Axis + rank - b.Rank;
        return (BatchNode.WhyNotAligned(a, axis, rank) ?? BatchNode.WhyNotAligned(b, axis, rank)) is { } fault ? fault
            : BatchFact.Of(axis, n.Broadcast([a, b], rank));
    }
}
