namespace GraphPartition.Operators.Families;

/// <summary>Classical machine learning (domain ai.onnx.ml): https://onnx.ai/onnx/operators/index.html.</summary>
internal static class MachineLearning
{
    private const string Domain = "ai.onnx.ml";

    private static readonly OperatorDefinition
        Same = Pure with { Types = Elementwise.SameAsFirst },
        Tables = Pure with { Rows = Table };

    public static OperatorFamily Family => new()
    {
        [Domain, "Imputer Normalizer Scaler"] = Same with { Rows = Table },
        [Domain, "Binarizer"] = Same with { Rows = First },
        [Domain, "LabelEncoder"] = Pure with { Types = n => n.Set(0, Mapped(n), n.Shape(0)), Rows = First },
        [Domain, "CategoryMapper"] = Pure with { Types = n => n.Set(0, Mapped(n), n.Shape(0)) },
        [Domain, "LinearRegressor"] = Tables with { Types = n => n.Set(0, new Shape(Batch(n), n.SizeAttribute("targets", 1))) },
        [Domain, "SVMRegressor"] = Tables with { Types = n => n.Set(0, new Shape(Batch(n), 1)) },
        [Domain, "TreeEnsemble TreeEnsembleRegressor"] = Tables with { Types = n => n.Set(0, new Shape(Batch(n), Targets(n))) },
        [Domain, "LinearClassifier SVMClassifier TreeEnsembleClassifier"] = Tables with { Types = Classifier },
        [Domain, "OneHotEncoder"] = Pure with { Types = OneHotEncoder },
        [Domain, "ArrayFeatureExtractor"] = Pure with { Types = ArrayFeatureExtractor, Rows = OfLastAxis },
        [Domain, "FeatureVectorizer"] = Pure with { Types = FeatureVectorizer },
        [Domain, "ZipMap"] = Pure with { Types = ZipMap },
        [Domain, "CastMap DictVectorizer"] = Pure,
    };

    private static Dim Batch(NodeTyping n) => n.Shape(0) switch { null => Dim.Unknown, { Rank: <= 1 } => 1, var s => s[0] };

    private static Dim Targets(NodeTyping n) => n.Int("n_targets") is > 0 and var count ? DimMath.Size(count) : 1;

    private static ElementType Mapped(NodeTyping n)
    {
        AttributeMap a = n.Attributes;
        if (a.Tensor("values_tensor") is { } values) return values.Element;
        if (a.Has("values_strings")) return ElementType.String;
        if (a.Has("values_int64s")) return ElementType.Int64;
        if (a.Has("values_floats")) return ElementType.Float32;
        return n.Element(0) == ElementType.String ? ElementType.Int64 : ElementType.String; // a category mapper swaps the two
    }

    private static void Classifier(NodeTyping n)
    {
        int texts = (n.Attributes["classlabels_strings"] as StringsAttribute)?.Values.Length ?? 0;
        ImmutableArray<long> ints = n.Attributes.Ints("classlabels_ints");
        if (ints.IsDefault) ints = n.Attributes.Ints("classlabels_int64s");
        long classes = Math.Max(texts, ints.IsDefault ? 0 : ints.Length);
        n.Set(0, texts > 0 ? ElementType.String : ElementType.Int64, new Shape(Batch(n)));
        n.Set(1, new Shape(Batch(n), classes > 1 ? classes : Dim.Unknown)); // of two classes some models list one
    }

    private static void OneHotEncoder(NodeTyping n)
    {
        long count = n.Attributes.Ints("cats_int64s") is { IsDefault: false } ints ? ints.Length
            : (n.Attributes["cats_strings"] as StringsAttribute)?.Values.Length ?? 0;
        n.Set(0, n.Shape(0) is { } s ? new Shape(s.Dims.Add(count)) : null);
    }

    private static void ArrayFeatureExtractor(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: > 0 } x || n.Shape(1) is not { } y) return;
        Dim count = DimMath.Product(y.Dims.AsSpan());
        n.Set(0, x.Rank == 1 ? new Shape(1, count) : x.With(x.Rank - 1, count));
    }

    private static void FeatureVectorizer(NodeTyping n)
    {
        Dim length = n.Attributes.Ints("inputdimensions") is { IsDefault: false } lengths
            ? lengths.Select(DimMath.Size).Aggregate((Dim)0, DimMath.Add) : Dim.Unknown;
        n.Set(0, new Shape(Batch(n), length));
    }

    private static void ZipMap(NodeTyping n)
    {
        ElementType key = n.Attributes.Has("classlabels_strings") ? ElementType.String : ElementType.Int64;
        n.SetType(0, new SequenceType(new MapType(key, new TensorType(ElementType.Float32, Shape.Scalar))));
    }

    /// <summary>A sample is a row of a table; each output has one row for it.</summary>
    private static BatchAnswer Table(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.HasRows && (x.Axis != 0 || x.Rank != 2)) return "its input is not a table with a row for each sample";
        int columns = n.Node.Op.Type.EndsWith("Classifier", StringComparison.Ordinal) ? 1 : 2; // labels are a vector
        return BatchAnswer.Of(Rows(columns), Rows(2));

        BatchFact Rows(int rank) =>
            x.HasRows ? BatchFact.Rows(0, [x.Dims[0], .. Enumerable.Range(1, rank - 1).Select(_ => n.Fresh())]) : n.OfRank(rank);
    }

    private static BatchAnswer OfLastAxis(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1) is { } reason) return reason;
        if (x.HasRows && x.Axis == x.Rank - 1) return "it takes rows of the batch by number";
        return x.Rank < 1 ? BatchFact.Fixed() : x.With(x.Dims.SetItem(x.Rank - 1, n.Fresh()));
    }
}
