namespace GraphPartition.Operators.Families;

/// <summary>Operators that draw random numbers (Dropout does so in training), or run a program of another system: none is pure.</summary>
internal static class RandomNumbers
{
    private static readonly OperatorDefinition Drawn = new()
    {
        Sizes = Rising,
        Rows = _ => "it draws random numbers",
        TakesSizes = true,
        IsRandom = _ => true,
    };

    public static OperatorFamily Family => new()
    {
        ["RandomNormal RandomUniform"] = Drawn with { Types = OfShape },
        ["Bernoulli RandomNormalLike RandomUniformLike"] = Drawn with
        {
            Types = n => n.Set(0, n.ElementAttribute("dtype", n.Element(0)), n.Shape(0)),
        },
        ["Multinomial"] = Drawn with
        {
            Types = n => n.Set(0, n.ElementAttribute("dtype", ElementType.Int32),
                new Shape(n.Dim(0, 0), n.SizeAttribute("sample_size", 1))),
        },
        [OrtDomain, "BiasDropout BitmaskBiasDropout BitmaskDropout"] = new() { Types = Elementwise.SameAsFirst, IsRandom = _ => true },
        [OrtDomain, "Sampling EPContext Snpe"] = OperatorDefinition.Unknown,
    };

    private static void OfShape(NodeTyping n)
    {
        ElementType element = n.ElementAttribute("dtype", ElementType.Float32);
        if (n.Attributes.Ints("shape") is { IsDefault: false } shape)
            n.Set(0, element, new Shape([.. shape.Select(DimMath.Size)]));
        else n.Set(0, element, null);
    }
}
