using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Families;

/// <summary>Operators that change or make the element type, and constants.</summary>
internal static class Casting
{
    private static readonly OperatorDefinition Common = Pure with { Sizes = Rising, OrtCuda = OnDevice };

    public static OperatorFamily Family => new()
    {
        ["BitCast"] = Common with { Types = n => n.Set(0, n.ElementAttribute("to"), n.Shape(0)), Work = Work.View },
        ["Cast"] = Common with
        {
            Types = n => Convert(n, n.ElementAttribute("to")),
            Sizes = SizeRules.Elementwise,
            Work = Work.Simple,
            Range = Cast,
            ReadsNumbers = true,
            Identity = KeepsType,
            Rows = Cast,
            TakesSizes = true,
            MindSpore = new("Cast", n => n.Attributes.Int("to") == (long)ElementType.Float16 ? "its Cast gives no float16" : null),
        },
        ["CastLike"] = Common with
        {
            Types = n => Convert(n, n.Element(1)),
            Work = Work.Simple,
            Identity = KeepsType,
            Rows = First, // of the second input only the type counts
        },
        ["Constant"] = Common with { Types = Constant, Work = Work.Move },
        ["ConstantOfShape"] = Common with
        {
            Types = ConstantOfShape,
            Check = NodeChecks.ConstantOfShape,
            Sizes = ShapeSizes.Given(0),
            LowPrecision = LowPrecision.Follows,
            Work = Work.Move,
            Range = Filled,
            Rows = ConstantOfShape,
            TakesSizes = true,
            OrtCuda = new() { FirstHostInput = 0 },
        },
        ["EyeLike"] = Common with
        {
            Types = n => n.Set(0, n.ElementAttribute("dtype", n.Element(0)), n.Shape(0)),
            Work = Work.Move,
            Rows = Unless("it numbers the rows of the batch"),
            TakesSizes = true,
        },
        ["Range"] = Common with
        {
            Types = Range,
            Check = NodeChecks.Range,
            Sizes = SelectionSizes.Range,
            Work = Work.Move,
            Rows = Unless("it numbers the rows of the batch"),
            TakesSizes = true,
            Range = (n, _, x) => !Ranges.IsFloat(n) && x(0).Range is { } a && x(1).Range is { } b ? NumberFact.In(a.Or(b)) : default,
            OrtCuda = new() { FirstHostInput = 0 },
        },
        [OrtDomain, "Range"] = Pure with { Types = Range, Work = Work.Move },
    };

    private static void Convert(NodeTyping n, ElementType to)
    {
        ImmutableArray<Dim>? elements = to == ElementType.Bool
            ? n.AllElements(0) is { } e && e.All(d => DimMath.Number(d) is not null) ? [.. e.Select(d => d.Is(0) ? d : 1)] : null
            : n.AllElements(0);
        n.Set(0, to, n.Shape(0), elements);
    }

    private static void Constant(NodeTyping n)
    {
        foreach (var (name, value) in n.Attributes)
            switch (name, value)
            {
                case ("value", TensorAttribute a):
                    n.SetType(0, a.Value.Type, a.Value.Dims.Length <= 1 ? ConstantNumbers.Elements(a.Value) : null);
                    return;
                case ("sparse_value", SparseTensorAttribute a):
                    n.Set(0, a.Value.Values.Element, Shape.Of(a.Value.Dims.AsSpan()));
                    return;
                case ("value_int", IntAttribute a):
                    n.Set(0, ElementType.Int64, Shape.Scalar, [DimMath.Of(a.Value)]);
                    return;
                case ("value_ints", IntsAttribute a):
                    n.Set(0, ElementType.Int64, Shape.Of(a.Values.Length), [.. a.Values.Select(DimMath.Of)]);
                    return;
                case ("value_float", FloatAttribute):
                    n.Set(0, ElementType.Float32, Shape.Scalar);
                    return;
                case ("value_floats", FloatsAttribute a):
                    n.Set(0, ElementType.Float32, Shape.Of(a.Values.Length));
                    return;
                case ("value_string", StringAttribute):
                    n.Set(0, ElementType.String, Shape.Scalar);
                    return;
                case ("value_strings", StringsAttribute a):
                    n.Set(0, ElementType.String, Shape.Of(a.Values.Length));
                    return;
            }
        n.Report(OperatorCodes.MissingAttribute, "expected an attribute with the constant, found none");
    }

    private static void ConstantOfShape(NodeTyping n)
    {
        TensorData? value = n.Attributes.Tensor("value");
        Shape? shape = Reshaping.ShapeFrom(n, 0);
        ImmutableArray<Dim>? elements = null;
        long? count = shape is { Rank: <= 1 } ? shape.ElementCount : null;
        if (count <= BuildScope.MaxElements && (value is null ? [0] : ConstantNumbers.Elements(value)) is [var fill])
            elements = [.. Enumerable.Repeat(fill, (int)count)];
        n.Set(0, value?.Element ?? ElementType.Float32, shape, elements);
    }

    /// <summary>max(0, ceil((limit - start) / delta)) elements.</summary>
    private static void Range(NodeTyping n)
    {
        ImmutableArray<Dim>? deltas = n.Has(2) ? n.Elements(2) : [1];
        Dim length = n.FreshSymbol();
        ImmutableArray<Dim>? elements = null;
        if (n.Elements(0) is [var start] && n.Elements(1) is [var limit] && deltas is [var delta]
            && DimMath.Number(delta) is { } step and not 0)
        {
            if (DimMath.Number(start) is { } from && DimMath.Number(limit) is { } to)
            {
                long count = Math.Max(0, (to - from + step - Math.Sign(step)) / step);
                length = count;
                if (count <= BuildScope.MaxElements)
                    elements = [.. Enumerable.Range(0, (int)count).Select(i => DimMath.Of(from + i * step))];
            }
            else if (step > 0 && !start.IsUnknown && !limit.IsUnknown)
            {
                Dim symbolic = DimMath.CeilDiv(DimMath.Sub(limit, start), step);
                if (DimMath.AsDim(symbolic) is { IsUnknown: false } known) length = known;
            }
        }
        else if (RealRange(n) is { } count)
        {
            length = count;
        }
        n.Set(0, new Shape(length), elements);
    }

    private static long? RealRange(NodeTyping n)
    {
        if (ConstantNumbers.Floats(n.Node.Input(0)?.Data) is [var start] && ConstantNumbers.Floats(n.Node.Input(1)?.Data) is [var limit]
            && ConstantNumbers.Floats(n.Node.Input(2)?.Data) is [var delta] && delta != 0
            && Math.Ceiling((limit - start) / delta) is var count && count < long.MaxValue / 2)
            return (long)Math.Max(0, count);
        return null;
    }

    /// <summary>A number that the new type can hold does not change; any other becomes some number of that type.</summary>
    private static NumberFact Cast(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact x = input(0);
        return node.Output(0)!.ElementType switch
        {
            ElementType.Float64 => x.Range is { } r && !r.IsWithin(new(-(1L << 53), 1L << 53)) ? new(null, x.IsSingle) : x,
            ElementType.Bool => default,
            var type when Ranges.OfType(type) is not null => NumberFact.In(x.Range),
            _ => default,
        };
    }

    private static NumberFact Filled(Node node, int output, Func<int, NumberFact> input) =>
        node.Attributes.Tensor("value") is not { } fill ? NumberFact.In(new(0, 0))
        : Numbers.IsReal(fill.Element) && Numbers.At(fill.Element, fill.Bytes.Span, 0) is var v
            && v == Math.Floor(v) && Math.Abs(v) < 1L << 53 ? NumberFact.In(new((long)v, (long)v))
        : default;

    /// <summary>Sizes are whole numbers in every type that holds them.</summary>
    private static BatchAnswer Cast(BatchNode n)
    {
        var type = (ElementType)n.Attributes.Int("to");
        bool holdsSizes = type is ElementType.Int64 or ElementType.Int32 or ElementType.Float32 or ElementType.Float64;
        return holdsSizes ? n.In(0) : n.In(0).CountsRows ? "it computes with the size of the batch" : n.In(0).Computed;
    }

    private static BatchAnswer ConstantOfShape(BatchNode n)
    {
        ImmutableArray<Extent> dims = n.In(0).Elements;
        if (dims.IsDefault) return n.In(0).IsFixed ? BatchFact.Fixed() : "the new shape depends on the batch";
        return BatchFact.Uniform(dims) is { } fact ? fact : "two sizes of the new shape are the batch's";
    }
}
