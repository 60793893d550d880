using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Inference;

namespace GraphPartition.Operators.Families;

/// <summary>Operators that draw numbers.</summary>
internal static class RandomNumbers
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(OfShape, "RandomNormal", "RandomUniform"),
        .. OperatorRow.Of(n => n.Set(0, n.ElementAttribute("dtype", n.Element(0)), n.Shape(0)),
            "Bernoulli", "RandomNormalLike", "RandomUniformLike"),
        new("Multinomial", n => n.Set(0, n.ElementAttribute("dtype", ElementType.Int32), new Shape(n.Dim(0, 0), n.SizeAttribute("sample_size", 1)))),
    ];

    private static void OfShape(NodeTyping n)
    {
        ElementType element = n.ElementAttribute("dtype", ElementType.Float32);
        if (n.Attributes.Ints("shape") is { IsDefault: false } shape)
            n.Set(0, element, new Shape([.. shape.Select(DimMath.Size)]));
        else n.Set(0, element, null);
    }
}
