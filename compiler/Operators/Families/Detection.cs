namespace GraphPartition.Operators.Families;

/// <summary>Detection and decoding of images.</summary>
internal static class Detection
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("NonMaxSuppression", n => n.Set(0, new Shape(n.FreshSymbol(), 3))),
        new("ImageDecoder", n => n.Set(0, ElementType.UInt8,
            new Shape(n.FreshSymbol(), n.FreshSymbol(), n.Attributes.Text("pixel_format", "RGB") == "Grayscale" ? 1 : 3))),
    ];
}
