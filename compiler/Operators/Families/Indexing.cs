namespace GraphPartition.Operators.Families;

/// <summary>Operators that pick, place, sort or count elements.</summary>
internal static class Indexing
{
    private const string ByNumber = "it takes rows of the batch by number",
        Counts = "how many elements it finds depends on the whole batch";

    private static readonly LowPrecision Replaces = new()
    {
        Risk = (n, _) => n.Attributes.Text("reduction", "none") is var how and not ("none" or "max" or "min")
            ? $"it reduces an unknown count of numbers ({how})" : null,
    };

    private static readonly OperatorDefinition
        Common = Pure with { Sizes = Rising, OrtCuda = OnDevice },
        Moves = Common with { Work = Work.Move, MovesElements = true },
        Scatters = Common with
        {
            Types = Elementwise.SameAsFirst,
            Work = Work.Move,
            Range = Ranges.Scattered,
        },
        Finds = Common with { Rows = Unless(Counts), TakesSizes = true, OrtCuda = null };

    public static OperatorFamily Family => new()
    {
        ["Gather"] = Moves with
        {
            Types = Gather,
            Check = NodeChecks.Gather,
            Sizes = Moving,
            ReadsNumbers = true,
            AnyWidthInput = 1,
            Rows = Gather,
            TakesSizes = true,
            MindSpore = Same,
        },
        ["GatherElements"] = Moves with
        {
            Types = n => n.Set(0, n.Shape(1)),
            Check = NodeChecks.GatherElements,
            ReadsNumbers = true,
            AnyWidthInput = 1,
            Rows = GatherElements,
        },
        ["GatherND"] = Moves with { Types = n => GatherNd(n, n.Int("batch_dims")), Check = NodeChecks.GatherNd, Rows = GatherNd },
        ["ReverseSequence"] = Moves with
        {
            Types = Elementwise.SameAsFirst,
            Check = NodeChecks.ReverseSequence,
            Rows = ReverseSequence,
            OrtCuda = null,
        },
        ["Compress"] = Finds with { Types = Compress, Sizes = SelectionSizes.Compress, Work = Work.Move, MovesElements = true },
        ["NonZero"] = Finds with
        {
            Types = n => n.Set(0, new Shape(n.Shape(0) is { Rank: > 0 } s ? s.Rank : Dim.Unknown, n.FreshSymbol())),
            Sizes = SelectionSizes.NonZero,
            Work = Work.Move,
            Range = Ranges.Within(0, int.MaxValue),
            ReadsNumbers = true,
        },
        ["NonMaxSuppression"] = Finds with
        {
            Types = n => n.Set(0, new Shape(n.FreshSymbol(), 3)),
            Check = NodeChecks.NonMaxSuppression,
            Sizes = SelectionSizes.NonMaxSuppression,
        },
        ["Unique"] = Finds with { Types = Unique, Sizes = SelectionSizes.Unique, Work = Work.Of(Sorting) },
        ["TopK"] = Common with
        {
            Types = TopK,
            Sizes = SelectionSizes.TopK,
            Work = Work.Of(Sorting),
            Rows = TopK,
            Opsets = [ToInput(10, "k", 1)],
            OrtCuda = ReadsSizes,
            Range = (n, o, x) => o == 0 ? x(0) : NumberFact.In(Ranges.Indices(n.Input(0), n.Attributes.Int("axis", -1))),
        },
        ["OneHot"] = Common with
        {
            Types = OneHot,
            Check = NodeChecks.OneHot,
            Sizes = SelectionSizes.OneHot,
            Work = Work.Move,
            Range = Ranges.OfInput(2),
            Rows = OneHot,
            OrtCuda = ReadsSizes,
        },
        ["ScatterElements"] = Scatters with
        {
            Check = NodeChecks.ScatterElements,
            LowPrecision = Replaces,
            ReadsNumbers = true,
            AnyWidthInput = 1,
            Rows = ScatterElements,
        },
        ["ScatterND"] = Scatters with
        {
            Check = NodeChecks.ScatterNd,
            LowPrecision = Replaces,
            Rows = n => n.Inputs.Any(f => f.HasRows) ? ByNumber : BatchFact.Fixed(),
        },
        ["Scatter"] = Scatters with { Range = null, Opsets = [new(11, e => { e.Op = "ScatterElements"; return null; })] },
        ["TensorScatter"] = Common with { Types = Elementwise.SameAsFirst },
        ["CumProd"] = Common with { Types = Elementwise.SameAsFirst, Check = NodeChecks.AlongInput, Work = Work.Reduction },
        ["CumSum"] = Common with
        {
            Types = Elementwise.SameAsFirst,
            Check = NodeChecks.AlongInput,
            Work = Work.Reduction,
            Range = Ranges.Sum,
            Rows = CumSum,
            OrtCuda = ReadsSizes,
        },
        ["Trilu"] = Common with
        {
            LowPrecision = LowPrecision.Follows,
            Types = Elementwise.SameAsFirst,
            Check = NodeChecks.Trilu,
            Range = (_, _, x) => x(0).Or(NumberFact.In(new(0, 0))),
            Rows = n => InMatrices(n, keepsShape: true),
            OrtCuda = ReadsSizes,
        },
        [OrtDomain, "Trilu"] = Pure with { Types = Elementwise.SameAsFirst },
        [OrtDomain, "GatherND"] = Pure with { Types = n => GatherNd(n, 0), Work = Work.Move },
        [OrtDomain, "GatherBlockQuantized"] = Pure with { Types = GatherBlockQuantized, Body = NarrowWeights.GatherBlockQuantized },
        [OrtDomain, "Unique"] = Pure with { Types = UniqueOfVector, Work = Work.Of(Sorting) },
    };

    private static void Gather(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Axis("axis", 0, data.Rank) is not { } axis) return;
        if (n.Shape(1) is not { } indices) return;
        ImmutableArray<Dim>? elements = data.Rank == 1 && n.Elements(0) is { } from && n.Ints(1) is { } at ? Picked(from, at) : null;
        n.Set(0, new Shape([.. data.Dims[..axis], .. indices, .. data.Dims[(axis + 1)..]]), elements);
    }

    private static ImmutableArray<Dim>? Picked(ImmutableArray<Dim> from, long[] at)
    {
        var picked = new Dim[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            long index = at[i] < 0 ? at[i] + from.Length : at[i];
            if (index < 0 || index >= from.Length) return null;
            picked[i] = from[(int)index];
        }
        return [.. picked];
    }

    /// <summary>indices.shape[:-1] + data.shape[batch + indices.shape[-1]:].</summary>
    private static void GatherNd(NodeTyping n, long batch)
    {
        if (n.Shape(0) is not { } data || n.Shape(1) is not { Rank: > 0 } indices || !indices[^1].IsKnown) return;
        if (batch < 0 || batch > data.Rank || indices[^1].Size > data.Rank - batch)
        {
            n.Contradiction(
                $"the indices {indices} address {indices[^1]} dimensions after {batch} of the batch, the data {data} have {data.Rank}");
            return;
        }
        n.Set(0, new Shape([.. indices.Dims[..^1], .. data.Dims[(int)(batch + indices[^1].Size)..]]));
    }

    private static void GatherBlockQuantized(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Axis("gather_axis", 0, data.Rank) is not { } axis || n.Shape(1) is not { } indices) return;
        Shape shape = new([.. data.Dims[..axis], .. indices, .. data.Dims[(axis + 1)..]]);
        if (n.Element(0) == ElementType.UInt8 && n.Int("bits", 4) is > 0 and < 8 and var bits) // packed along the last axis
            shape = shape.With(shape.Rank - 1, DimMath.Mul(shape[^1], 8 / bits));
        n.Set(0, shape);
    }

    private static void TopK(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank) is not { } axis) return;
        Dim k = n.Elements(1) is [var given] ? DimMath.AsDim(given) : n.Attributes.Has("k") ? n.SizeAttribute("k") : Dim.Unknown;
        if (k.IsKnown && shape[axis].IsKnown && k.Size > shape[axis].Size)
            n.Contradiction($"the {k} largest of dimension {axis} of {shape} are asked for");
        Shape result = shape.With(axis, k);
        n.Set(0, result);
        n.Set(1, ElementType.Int64, result);
    }

    private static void OneHot(NodeTyping n)
    {
        if (n.Shape(2) is { } values && (values.Rank > 1 || (values is [{ IsKnown: true } count] && !count.Is(2))))
            n.Contradiction($"the values off and on are {values}, expected two");
        if (n.Shape(0) is not { } shape || n.Axis("axis", -1, shape.Rank + 1) is not { } axis) return;
        n.Set(0, new Shape(shape.Dims.Insert(axis, n.Elements(1) is [var depth] ? DimMath.AsDim(depth) : Dim.Unknown)));
    }

    private static void Compress(NodeTyping n)
    {
        Dim count = n.Ints(1) is { } condition ? condition.Count(c => c != 0) : n.FreshSymbol();
        if (!n.Attributes.Has("axis")) n.Set(0, new Shape(count));
        else if (n.Shape(0) is { } shape && n.Axis("axis", 0, shape.Rank) is { } axis) n.Set(0, shape.With(axis, count));
    }

    private static void Unique(NodeTyping n)
    {
        Dim count = n.FreshSymbol();
        Shape? shape = n.Shape(0);
        if (!n.Attributes.Has("axis"))
        {
            n.Set(0, new Shape(count));
            n.Set(2, new Shape(shape is null ? Dim.Unknown : DimMath.Product(shape.Dims.AsSpan())));
        }
        else if (shape is not null && n.Axis("axis", 0, shape.Rank) is { } axis)
        {
            n.Set(0, shape.With(axis, count));
            n.Set(2, new Shape(shape[axis]));
        }
        n.Set(1, new Shape(count));
        n.Set(3, new Shape(count));
    }

    /// <summary>ONNX Runtime's older form, on vectors: the values, for each element its place among them, and their counts.</summary>
    private static void UniqueOfVector(NodeTyping n)
    {
        Dim count = n.FreshSymbol();
        n.Set(0, new Shape(count));
        n.Set(1, new Shape(n.Dim(0, 0)));
        n.Set(2, new Shape(count));
    }

    private static double Sorting(Node node)
    {
        double count = Work.Count(node.Input(0));
        return count * Math.Log2(Math.Max(2, count));
    }

    /// <summary>The axes of the indices take the place of one axis of the data.</summary>
    private static BatchAnswer Gather(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!indices.IsFixed && indices.CountsRows) return "it computes with the size of the batch";
        if (!x.Elements.IsDefault && x.Rank == 1 && Picked(x, indices) is { } picked) return picked;
        if (x.CountsRows) return "it computes with the size of the batch";
        if (x.HasRows && indices.HasRows) return "its data and its indices both depend on the batch";
        if (x.Rank < 0 || indices.Rank < 0) return x.HasRows || indices.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        if (n.Axis("axis", 0, x.Rank) is not { } axis) return "its axis is not known";
        if (x.Axis == axis) return ByNumber;
        int rows = indices.HasRows ? axis + indices.Axis : x.Axis > axis ? x.Axis + indices.Rank - 1 : x.Axis;
        return BatchFact.Of(rows, [.. x.Dims[..axis], .. indices.Dims, .. x.Dims[(axis + 1)..]]);
    }

    /// <summary>Elements of a vector of sizes.</summary>
    private static BatchFact? Picked(BatchFact x, BatchFact indices)
    {
        if (indices.Elements.IsDefault || indices.Rank is not (0 or 1)) return null;
        int length = x.Elements.Length;
        if (indices.Elements.Any(i => !i.IsNumber || i.Number < -length || i.Number >= length)) return null;
        return BatchFact.Sizes(
            [.. indices.Elements.Select(i => x.Elements[(int)(i.Number < 0 ? i.Number + length : i.Number)])], isScalar: indices.Rank == 0);
    }

    private static BatchAnswer GatherElements(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!x.HasRows && !indices.HasRows) return BatchFact.Fixed(indices.Dims);
        if (n.Axis("axis", 0, Math.Max(x.Rank, indices.Rank)) is not { } axis) return "its axis is not known";
        bool isOfRows = indices.HasRows && (x.HasRows ? x.Axis == indices.Axis && axis != x.Axis : axis == indices.Axis);
        return isOfRows ? BatchFact.Rows(indices.Axis, indices.Dims) : ByNumber;
    }

    /// <summary>Each index, the last axis of the indices, names a place in the first axes of the data behind <c>batch_dims</c>.</summary>
    private static BatchAnswer GatherNd(BatchNode n)
    {
        (BatchFact x, BatchFact indices) = (n.In(0), n.In(1));
        if (!x.HasRows && !indices.HasRows) return BatchFact.Fixed();
        if (x.Rank < 1 || indices.Rank < 1 || !indices.Dims[^1].IsNumber) return "the rank of an input is not known";
        int shared = (int)n.Attributes.Int("batch_dims"), named = shared + (int)indices.Dims[^1].Number, outer = indices.Rank - 1;
        if (named > x.Rank || (indices.HasRows && indices.Axis == outer)) return ByNumber;
        int axis = indices.HasRows ? indices.Axis : outer + x.Axis - named;
        bool isOfRows = (x.HasRows, indices.HasRows) switch
        {
            (true, true) => x.Axis == indices.Axis && x.Axis < shared,
            (false, true) => indices.Axis >= shared,
            _ => x.Axis >= named,
        };
        return isOfRows ? BatchFact.Rows(axis, [.. indices.Dims[..^1], .. x.Dims[named..]]) : ByNumber;
    }

    private static BatchAnswer ScatterElements(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.Inputs.All(f => !f.HasRows)) return x;
        return n.Axis("axis", 0, x.Rank) is { } axis && x.HasRows && axis != x.Axis && n.Inputs.All(f => f.Axis == x.Axis) ? x : ByNumber;
    }

    private static BatchAnswer CumSum(BatchNode n) => n.In(1).Numbers is [var axis] ? Along(n, axis) : "its axis is not known";

    private static BatchAnswer TopK(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1) is { } reason) return reason;
        if (Along(n, n.Attributes.Int("axis", -1)).Refusal is { } refusal) return refusal;
        if (n.Axis("axis", -1, x.Rank) is not { } axis) return BatchAnswer.Of(BatchFact.Fixed(), BatchFact.Fixed());
        BatchFact found = x.With(x.Dims.SetItem(axis, n.In(1).Only ?? n.Fresh()));
        return BatchAnswer.Of(found, found);
    }

    /// <summary>A new axis; the others are those of the indices.</summary>
    private static BatchAnswer OneHot(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (n.Axis("axis", -1, x.Rank + 1) is not { } axis || x.Rank < 0) return x.HasRows ? "its axis is not known" : BatchFact.Fixed();
        int rows = x.HasRows && x.Axis >= axis ? x.Axis + 1 : x.Axis;
        return BatchFact.Of(rows, x.Dims.Insert(axis, n.In(1).Only ?? n.Fresh()));
    }

    private static BatchAnswer ReverseSequence(BatchNode n)
    {
        (BatchFact x, BatchFact lengths) = (n.In(0), n.In(1));
        if (!x.HasRows) return lengths.IsFixed ? x : "its lengths depend on the batch, its data do not";
        return n.Axis("batch_axis", 1, x.Rank) == x.Axis && lengths is { Axis: 0, Rank: 1 } ? x
            : "the axis of the batch is not its batch axis";
    }
}
