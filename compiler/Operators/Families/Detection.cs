namespace GraphPartition.Operators.Families;

/// <summary>Detection and decoding of images.</summary>
internal static class Detection
{
    public static OperatorFamily Family => new()
    {
        ["NonMaxSuppression"] = Pure with
        {
            Types = n => n.Set(0, new Shape(n.FreshSymbol(), 3)),
            Rows = Unless("how many elements it finds depends on the whole batch"), TakesSizes = true,
        },
        ["ImageDecoder"] = Pure with
        {
            Types = n => n.Set(0, ElementType.UInt8,
                new Shape(n.FreshSymbol(), n.FreshSymbol(), n.Attributes.Text("pixel_format", "RGB") == "Grayscale" ? 1 : 3)),
        },
    };
}
