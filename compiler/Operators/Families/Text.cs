namespace GraphPartition.Operators.Families;

/// <summary>Operators on strings.</summary>
internal static class Text
{
    public static OperatorFamily Family => new()
    {
        ["RegexFullMatch"] = Pure with { Types = Elementwise.SameAsFirst },
        ["StringNormalizer"] = Pure with { Types = Normalize },
        ["StringSplit"] = Pure with { Types = Split },
        ["TfIdfVectorizer"] = Pure with { Types = TfIdf },
        [OrtDomain, "Tokenizer"] = Pure with { Types = n => n.Set(0, n.Shape(0) is { } s ? new Shape(s.Dims.Add(n.FreshSymbol())) : null) },
        [OrtDomain, "MurmurHash3"] = Pure with
        {
            Types = n => n.Set(0, n.Int("positive", 1) != 0 ? ElementType.UInt32 : ElementType.Int32, n.Shape(0)),
        },
    };

    /// <summary>[C] or [1, C]; stop words are left out.</summary>
    private static void Normalize(NodeTyping n)
    {
        Dim count = n.Attributes.Has("stopwords") ? n.FreshSymbol() : n.Dim(0, -1);
        n.Set(0, n.Shape(0) switch { { Rank: 1 } => new Shape(count), { Rank: 2 } => new Shape(1, count), _ => null });
    }

    private static void Split(NodeTyping n)
    {
        n.Set(0, n.Shape(0) is { } s ? new Shape(s.Dims.Add(n.FreshSymbol())) : null);
        n.Set(1, n.Shape(0));
    }

    private static void TfIdf(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 1 or 2 } shape) return;
        Dim length = n.Attributes.Ints("ngram_indexes") is { IsDefaultOrEmpty: false } columns
            ? DimMath.Add(DimMath.Size(columns.Max()), 1) : Dim.Unknown;
        n.Set(0, shape.Rank == 1 ? new Shape(length) : new Shape(shape[0], length));
    }
}
