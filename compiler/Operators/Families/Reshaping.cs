namespace GraphPartition.Operators.Families;

/// <summary>Operators that change the shape and keep the elements in their order, and those that ask for a shape.</summary>
internal static class Reshaping
{
    private static readonly OperatorDefinition
        Common = Pure with { TakesSizes = true, OrtCuda = OnDevice },
        Views = Common with { Work = Work.View, MovesElements = true, Identity = KeepsShape };

    public static OperatorFamily Family => new()
    {
        ["Reshape"] = Views with
        {
            Types = Reshape,
            Sizes = ShapeSizes.Reshape,
            Rows = Reshape,
            OrtCuda = ReadsSizes,
            MindSpore = new("Reshape", Known(1)),
        },
        ["Flatten"] = Views with { Types = Flatten, Sizes = Rising, Rows = Flatten, TakesSizes = false, MindSpore = Same },
        ["Expand"] = Views with { Types = Expand, Sizes = ShapeSizes.Expand, Work = Work.Move, Rows = Expand, OrtCuda = ReadsSizes },
        ["Shape"] = Common with
        {
            Types = ShapeOf,
            Sizes = ShapeSizes.Shape,
            Work = Work.View,
            Range = Ranges.Within(0, int.MaxValue), // dimensions of TensorRT are 32-bit numbers
            ReadsNumbers = true,
            AnyWidthInput = 0,
            Opsets = [Adds(15, ShapeOfAllAxes)],
            Rows = ShapeOf,
            OrtCuda = new() { WritesOnHost = true },
            Body = ShapeBody.Shape,
        },
        ["Size"] = Common with
        {
            Types = n => n.Set(0, Shape.Scalar, n.Shape(0) is { } s ? [DimMath.Product(s.Dims.AsSpan())] : null),
            Sizes = ShapeSizes.Size,
            Work = Work.View,
            ReadsNumbers = true,
            AnyWidthInput = 0,
            Rows = SizeOf,
            OrtCuda = new() { WritesOnHost = true },
        },
    };

    /// <summary>The shape whose dimensions are the elements of an input; null where not even its rank is known.</summary>
    public static Shape? ShapeFrom(NodeTyping n, int input)
    {
        if (n.Elements(input) is { } elements) return new([.. elements.Select(DimMath.AsDim)]);
        return n.Shape(input) is [{ IsKnown: true } rank] && rank.Size <= 64 ? Shape.OfRank((int)rank.Size) : null;
    }

    /// <summary>
    /// 0 copies a dimension (unless allowzero), one -1 becomes the rest: https://onnx.ai/onnx/operators/onnx__Reshape.html.
    /// </summary>
    private static void Reshape(NodeTyping n)
    {
        ImmutableArray<Dim>? wanted = n.Has(1) ? n.Elements(1)
            : n.Attributes.Ints("shape") is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;
        if (wanted is not { } dims)
        {
            n.Set(0, ShapeFrom(n, 1));
            return;
        }
        Shape? from = n.Shape(0);
        var to = new Dim[dims.Length];
        int open = -1;
        for (int i = 0; i < to.Length; i++)
        {
            long? number = DimMath.Number(dims[i]);
            if (number == 0 && n.Int("allowzero") == 0)
            {
                if (i >= from?.Rank) n.Contradiction($"0 copies dimension {i} of {from}, which has none");
                to[i] = i < from?.Rank ? from[i] : Dim.Unknown;
            }
            else if (number == -1)
            {
                if (open >= 0) n.Contradiction("at most one -1 is allowed");
                open = i;
            }
            else if (number < -1)
            {
                n.Contradiction($"{number} is not a dimension");
            }
            else
            {
                to[i] = dims[i];
            }
        }
        if (from is not null && open >= 0) to[open] = Remaining(n, from, to, open);
        else if (from is not null) Complete(n, from, to);
        var shape = new Shape(to);
        n.Set(0, shape, n.AllElements(0));
    }

    /// <summary>The dimension of -1: the product of the input's dimensions over the product of the others.</summary>
    private static Dim Remaining(NodeTyping n, Shape from, Dim[] to, int open)
    {
        List<Dim> left = [.. from];
        Dim others = 1;
        for (int i = 0; i < to.Length; i++)
            // equal dimensions cancel
            if (i != open && (to[i].IsUnknown || to[i].Is(0) || !left.Remove(to[i]))) others = DimMath.Mul(others, to[i]);
        Dim all = DimMath.Product([.. left]);
        if (others.Is(0) || all.IsUnknown || others.IsUnknown) return Dim.Unknown;
        if (all.IsKnown && others.IsKnown && all.Size % others.Size != 0)
            n.Contradiction($"{from} cannot be reshaped to {new Shape(to)}: {all} elements cannot be divided by {others}");
        return DimMath.Div(all, others);
    }

    /// <summary>No -1: both shapes have as many elements, so a single unknown dimension is known.</summary>
    private static void Complete(NodeTyping n, Shape from, Dim[] to)
    {
        var shape = new Shape(to);
        if (from.ElementCount is { } a && shape.ElementCount is { } b && a != b)
            n.Contradiction($"{from} has {a} elements, {shape} has {b}");
        int unknown = Array.FindIndex(to, d => d.IsUnknown);
        if (unknown >= 0 && Array.FindLastIndex(to, d => d.IsUnknown) == unknown && from.ElementCount > 0)
            to[unknown] = Remaining(n, from, to, unknown);
    }

    private static void Flatten(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape)
        {
            n.Set(0, Shape.OfRank(2));
            return;
        }
        long axis = n.Int("axis", 1);
        if (axis < -shape.Rank || axis > shape.Rank)
        {
            n.Axis(axis, shape.Rank);
            n.Set(0, Shape.OfRank(2));
            return;
        }
        int at = (int)(axis < 0 ? axis + shape.Rank : axis);
        n.Set(0, new Shape(DimMath.Product(shape.Dims.AsSpan()[..at]), DimMath.Product(shape.Dims.AsSpan()[at..])));
    }

    private static void Expand(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || ShapeFrom(n, 1) is not { } to) return;
        Shape result = Broadcasting.Of(n, shape, to);
        ImmutableArray<Dim>? elements = n.Elements(0);
        if (elements is [var one] && result is [{ IsKnown: true } length] && length.Size <= BuildScope.MaxElements)
            elements = [.. Enumerable.Repeat(one, (int)length.Size)];
        n.Set(0, result, result.Rank <= 1 && elements?.Length == result.ElementCount ? elements : null);
    }

    private static void ShapeOf(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape)
        {
            n.Set(0, Shape.OfRank(1));
            return;
        }
        int start = Clamp(n.Int("start")), end = n.Attributes.Has("end") ? Clamp(n.Int("end")) : shape.Rank;
        int length = Math.Max(0, end - start);
        n.Set(0, Shape.Of(length), shape.Dims.Slice(length == 0 ? 0 : start, length));

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + shape.Rank : axis, 0, shape.Rank);
    }

    private static BatchAnswer Reshape(BatchNode n)
    {
        (BatchFact x, BatchFact target) = (n.In(0), n.In(1));
        if (x.CountsRows)
            return target.Rank == 1 && target.Numbers is [var length] && (length == -1 || length == x.Elements.Length)
                ? BatchFact.Sizes(x.Elements, isScalar: false)
                : target.Elements is { IsDefault: false, Length: 0 } && x.Elements.Length == 1 ? BatchFact.Sizes(x.Elements, isScalar: true)
                : "it computes with the size of the batch";
        if (target.Elements.IsDefault)
            return x.HasRows || target.HasRows ? "the new shape is not known" : BatchFact.Fixed();
        if (!x.HasRows && target.CountsRows) return "the new shape depends on the batch, its input does not";
        if (x.Rank < 0) return BatchFact.Fixed([.. target.Elements.Select(_ => n.Fresh())]);

        // 0 copies a size.
        Extent[] wanted = [.. target.Elements];
        bool copies = n.Attributes.Int("allowzero") == 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!wanted[i].Is(0) || !copies) continue;
            if (i >= x.Rank) return "it copies a size that its input does not have";
            wanted[i] = x.Dims[i];
        }
        string? fault = Fill(n, x, wanted);
        return fault is null ? InOrder(x, wanted) : x.HasRows ? fault : n.OfRank(wanted.Length);
    }

    /// <summary>Puts the size that is left in the place of -1; the answer is why it cannot be told.</summary>
    private static string? Fill(BatchNode n, BatchFact x, Extent[] wanted)
    {
        int open = Array.FindIndex(wanted, w => w.Is(-1));
        if (open < 0) return null;
        Extent? all = Extent.Product(x.Dims), rest = Extent.Product(wanted.Where((_, i) => i != open));
        if (all is { } a && rest is { } r && Extent.Divide(a, r) is { } left) wanted[open] = left;
        // What is left of a sample is the same for every batch, whatever it is.
        else if (wanted.Any(w => w.HasBatch)) wanted[open] = n.Fresh();
        else return "the size that is left cannot be shown to be one of whole samples";
        return null;
    }

    /// <summary>
    /// Rows stay rows where equally many elements lie before their axis and before an axis of the new shape that is a multiple of the
    /// batch: then each sample fills equally many places of the new axis, whole ones.
    /// </summary>
    private static BatchAnswer InOrder(BatchFact x, Extent[] wanted)
    {
        if (!x.HasRows) return BatchFact.Fixed([.. wanted]);
        if (wanted.Count(w => w.HasBatch) != 1) return "the batch does not stay an axis of its own";
        int axis = Array.FindIndex(wanted, w => w.HasBatch);
        bool staysApart = Extent.Product(x.Dims[..x.Axis]) is { } before && Extent.Product(wanted[..axis]) == before;
        return staysApart ? BatchFact.Rows(axis, [.. wanted]) : "the batch does not stay an axis of its own";
    }

    private static BatchAnswer Flatten(BatchNode n)
    {
        BatchFact x = n.In(0);
        int given = (int)n.Attributes.Int("axis", 1), axis = given < 0 ? given + x.Rank : given;
        if (x.Rank < 0 || axis < 0 || axis > x.Rank) return x.HasRows ? "its axis is not known" : BatchFact.Fixed();
        return Extent.Product(x.Dims[..axis]) is { } rows && Extent.Product(x.Dims[axis..]) is { } columns ? InOrder(x, [rows, columns])
            : "its result is too large";
    }

    /// <summary>
    /// Copies along axes of size 1. What is the same for every batch may be copied for each sample: then the copies are rows.
    /// </summary>
    private static BatchAnswer Expand(BatchNode n)
    {
        (BatchFact x, BatchFact target) = (n.In(0), n.In(1));
        if (x.CountsRows) return "it computes with the size of the batch";
        if (target.HasRows) return "the new shape depends on the batch";
        if (target.Elements.IsDefault || x.Rank < 0)
            return x.HasRows || target.CountsRows ? "the new shape is not known" : BatchFact.Fixed();
        BatchFact shape = BatchFact.Fixed(target.Elements);
        int rank = Math.Max(x.Rank, shape.Rank);
        if (!x.HasRows)
        {
            for (int i = 0; i < shape.Rank; i++)
                if (shape.Dims[i].HasBatch && i + x.Rank - shape.Rank is >= 0 and var at && !x.Dims[at].Is(1))
                    return "its input has a size of its own along the axis of the batch";
            return BatchFact.Uniform(n.Broadcast([x, shape], rank)) is { } copies ? copies : "it copies for two axes of the batch";
        }
        int axis = x.Axis + rank - x.Rank;
        for (int i = 0; i < shape.Rank; i++)
        {
            bool isRows = i + rank - shape.Rank == axis;
            if (isRows ? !shape.Dims[i].Is(1) && shape.Dims[i] != x.Dims[x.Axis] : shape.Dims[i].HasBatch) return "it copies the batch";
        }
        return BatchFact.Rows(axis, n.Broadcast([x, shape], rank));
    }

    private static BatchAnswer ShapeOf(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return BatchFact.Fixed();
        int start = Clamp(n.Attributes.Int("start")), end = Clamp(n.Attributes.Int("end", long.MaxValue));
        return BatchFact.Sizes(start < end ? x.Dims[start..end] : [], isScalar: false);

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + x.Rank : axis, 0, x.Rank);
    }

    private static BatchAnswer SizeOf(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return BatchFact.Fixed();
        return Extent.Product(x.Dims) is { } all ? BatchFact.Sizes([all], isScalar: true) : "its result is too large";
    }

    /// <summary>Shape before opset 15 has no range: a part of a shape is a Slice of the whole.</summary>
    private static string? ShapeOfAllAxes(NodeEdit edit)
    {
        long start = edit.Take("start") is IntAttribute s ? s.Value : 0;
        AttributeValue? end = edit.Take("end");
        if (start == 0 && end is null) return null;
        Value whole = edit.Emit("Shape", [edit.Input(0)]);
        edit.Op = "Slice";
        edit.SetInputs(whole, edit.Integers(start), edit.Integers(end is IntAttribute e ? e.Value : long.MaxValue), edit.Integers(0));
        return null;
    }
}
