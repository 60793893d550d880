namespace GraphPartition.Operators.Families;

/// <summary>Quantisation, and arithmetic on quantised tensors.</summary>
internal static class Quantization
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("QuantizeLinear", n => n.Set(0, Quantized(n), n.Shape(0))),
        new("DequantizeLinear", n => n.Set(0, n.ElementAttribute("output_dtype", n.Element(1)), n.Shape(0))),
        new("DynamicQuantizeLinear", DynamicQuantizeLinear),
        .. OperatorRow.In("com.microsoft", n => n.Set(0, Quantized(n), n.Shape(0)), "QuantizeLinear"),
        .. OperatorRow.In("com.microsoft", n => n.Set(0, n.Element(1), n.Shape(0)), "DequantizeLinear"),
        .. OperatorRow.In("com.microsoft", Elementwise.SameAsFirst,
            "DequantizeWithOrder", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "QOrderedGelu",
            "QOrderedLayerNormalization", "QuantizeWithOrder"),
        .. OperatorRow.In("com.microsoft", n => Pair(n, 0, 3), "QLinearAdd", "QLinearMul"),
        .. OperatorRow.In("com.microsoft", Where, "QLinearWhere"),
        .. OperatorRow.In("com.microsoft", Concat, "QLinearConcat"),
    ];

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
}
