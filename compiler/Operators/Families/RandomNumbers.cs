using System.Collections.Frozen;

namespace GraphPartition.Operators.Families;

/// <summary>Operators that draw random numbers.</summary>
internal static class RandomNumbers
{
    /// <summary>
    /// All operators with a schema whose outputs are not determined by their inputs: they draw numbers (Dropout does in training),
    /// or run a program of another system.
    /// </summary>
    public static FrozenSet<OpName> Impure { get; } = FrozenSet.ToFrozenSet<OpName>(
    [
        "Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
        .. new[] { "BiasDropout", "BitmaskBiasDropout", "BitmaskDropout", "Sampling", "EPContext", "Snpe" }
            .Select(n => new OpName("com.microsoft", n)),
        new("ai.onnx.preview.training", "Gradient"), // of other nodes of the graph
    ]);

    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(OfShape, "RandomNormal", "RandomUniform"),
        .. OperatorRow.Of(n => n.Set(0, n.ElementAttribute("dtype", n.Element(0)), n.Shape(0)),
            "Bernoulli", "RandomNormalLike", "RandomUniformLike"),
        new("Multinomial", n => n.Set(0, n.ElementAttribute("dtype", ElementType.Int32),
            new Shape(n.Dim(0, 0), n.SizeAttribute("sample_size", 1)))),
    ];

    private static void OfShape(NodeTyping n)
    {
        ElementType element = n.ElementAttribute("dtype", ElementType.Float32);
        if (n.Attributes.Ints("shape") is { IsDefault: false } shape)
            n.Set(0, element, new Shape([.. shape.Select(DimMath.Size)]));
        else n.Set(0, element, null);
    }
}
