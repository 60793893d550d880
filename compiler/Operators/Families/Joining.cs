namespace GraphPartition.Operators.Families;

/// <summary>Operators that put tensors behind one another, or cut them into parts.</summary>
internal static class Joining
{
    private static readonly OperatorDefinition Common = Pure with { Work = Work.Move, MovesElements = true };

    public static OperatorFamily Family => new()
    {
        ["Concat"] = Common with
        {
            Types = Concat,
            Sizes = Moving,
            Range = Ranges.OfAll(0),
            Identity = OfOne,
            Rows = Concat,
            TakesSizes = true,
            OrtCuda = OnDevice,
            MindSpore = new("Concat", n => n.Inputs.Any(v => v is { IsConstant: true }) ? "its Concat takes no constants" : null),
        },
        ["Split"] = Common with
        {
            Types = Split,
            Check = NodeChecks.Split,
            Sizes = ShapeSizes.Split,
            Rows = Split,
            OrtCuda = ReadsSizes,
            Opsets = [ToInput(13, "split", 1), new(18, CountsParts, ToEqualParts)],
        },
        ["Tile"] = Common with
        {
            Types = Tile,
            Sizes = ShapeSizes.Tile,
            Identity = KeepsShape,
            Rows = Tile,
            TakesSizes = true,
            OrtCuda = ReadsSizes,
        },
    };

    private static void Concat(NodeTyping n)
    {
        Shape? result = null;
        int axis = 0;
        bool isComplete = true;
        ImmutableArray<Dim>.Builder? elements = ImmutableArray.CreateBuilder<Dim>();
        for (int i = 0; i < n.InputCount; i++)
        {
            if (n.Elements(i) is { } e && n.Shape(i) is { Rank: 1 }) elements?.AddRange(e);
            else elements = null;
            if (n.Shape(i) is not { } shape)
            {
                isComplete = false;
            }
            else if (result is null)
            {
                if (n.Axis("axis", 1, shape.Rank) is not { } at) return;
                (result, axis) = (shape, at);
            }
            else
            {
                if (Joined(n, result, shape, axis) is not { } joined) return;
                result = joined;
            }
        }
        if (result is not null && !isComplete) result = result.With(axis, Dim.Unknown);
        n.Set(0, result, elements?.ToImmutable());
    }

    private static Shape? Joined(NodeTyping n, Shape a, Shape b, int axis)
    {
        if (a.Rank != b.Rank)
        {
            n.Contradiction($"inputs of shapes {a} and {b} cannot be joined: their ranks differ");
            return null;
        }
        var dims = new Dim[a.Rank];
        for (int i = 0; i < dims.Length; i++)
            dims[i] = i == axis ? DimMath.Add(a[i], b[i]) : n.Same(a[i], b[i], $"dimensions {i} of all inputs");
        return new(dims);
    }

    private static void Split(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("axis", 0, shape.Rank) is not { } axis) return;
        ImmutableArray<Dim>? sizes = n.Has(1) ? n.Elements(1)
            : n.Attributes.Ints("split") is { IsDefault: false } old ? [.. old.Select(DimMath.Of)]
            : EqualParts(shape[axis], n.Int("num_outputs", n.OutputCount));
        bool isGiven = n.HasInts(1, "split");
        if (isGiven && sizes is { } parts && (parts.Length != n.OutputCount || parts.Any(p => DimMath.Number(p) < 0)))
            n.Contradiction($"the parts {string.Join(',', parts)} are given for {n.OutputCount} outputs");
        else if (isGiven && sizes is { } all && all.Aggregate((Dim)0, DimMath.Add) is { IsKnown: true } sum
            && shape[axis].IsKnown && sum != shape[axis])
            n.Contradiction($"the parts {string.Join(',', all)} are {sum} together, dimension {axis} of {shape} is {shape[axis]}");
        ImmutableArray<Dim>? elements = n.Elements(0);
        int start = 0;
        for (int i = 0; i < n.OutputCount; i++)
        {
            Dim size = i < sizes?.Length ? DimMath.AsDim(sizes.Value[i]) : Dim.Unknown;
            bool isInside = elements is { } e && size.IsKnown && size.Size <= e.Length - start;
            n.Set(i, shape.With(axis, size), isInside ? elements!.Value.Slice(start, (int)size.Size) : null);
            if (size.IsKnown && isInside) start += (int)size.Size;
            else elements = null;
        }
    }

    /// <summary>Chunks of ceil(size / parts), the last one smaller. A size may be so large that they cannot be computed.</summary>
    private static ImmutableArray<Dim>? EqualParts(Dim size, long parts)
    {
        if (parts is <= 0 or > 1024) return null;
        if (parts == 1) return [size];
        Dim chunk = DimMath.CeilDiv(size, parts);
        var sizes = new Dim[parts];
        if (size.IsKnown && chunk.IsKnown)
            for (long i = 0; i < parts; i++) sizes[i] = Math.Clamp(size.Size - i * chunk.Size, 0, chunk.Size);
        return [.. sizes];
    }

    private static void Tile(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        if (n.Elements(1) is not { } repeats)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        if (repeats.Length != shape.Rank)
        {
            n.Contradiction($"{repeats.Length} repeats are given, the input {shape} has {shape.Rank} dimensions");
            return;
        }
        n.Set(0, new Shape([.. shape.Select((d, i) => DimMath.AsDim(DimMath.Mul(d, repeats[i])))]));
    }

    private static BatchAnswer Concat(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows))
            return Joined(n, inputs) is { } vector ? vector
                : inputs.Any(f => f.CountsRows) ? "it computes with the size of the batch"
                : n.OfRank(inputs[0].Rank);
        BatchFact first = inputs.First(f => f.HasRows);
        if (n.Axis("axis", 0, first.Rank) is not { } axis) return "its axis is not known";
        if (axis == first.Axis) return "it puts tensors behind one another along the batch";
        if (inputs.Any(f => f.Axis != first.Axis || f.Rank != first.Rank))
            return "an input has a size of its own along the axis of the batch";
        Extent sum = inputs.All(f => f.Dims[axis].IsNumber) ? inputs.Sum(f => f.Dims[axis].Number) : n.Fresh();
        return BatchFact.Rows(first.Axis, first.Dims.SetItem(axis, sum));
    }

    /// <summary>Vectors of sizes behind one another; of those that are not known, how many there are has to be.</summary>
    private static BatchFact? Joined(BatchNode n, BatchFact[] inputs)
    {
        const int most = 64;
        var elements = ImmutableArray.CreateBuilder<Extent>();
        foreach (BatchFact x in inputs)
        {
            if (x.Rank != 1 || !x.Dims[0].IsNumber || x.Dims[0].Number > most) return null;
            for (int i = 0; i < x.Dims[0].Number; i++) elements.Add(x.Elements.IsDefault ? n.Fresh() : x.Elements[i]);
        }
        return BatchFact.Sizes(elements.ToImmutable(), isScalar: false);
    }

    private static BatchAnswer Split(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? sizes = n.Integers("split", 1, out bool given);
        if (n.Axis("axis", 0, x.Rank) is not { } axis)
            return x.HasRows ? "its axis is not known" : Each(_ => BatchFact.Fixed());
        if (axis == x.Axis) return "it splits the batch";
        if (n.WhyNotFixed(1) is { } reason) return reason;
        int count = n.Node.Outputs.Length;
        return Each(i => x.With(x.Dims.SetItem(axis, PartOf(i))));

        Extent PartOf(int i) => given ? i < sizes?.Length ? sizes[i] : n.Fresh() : Extent.Divide(x.Dims[axis], count) ?? n.Fresh();

        BatchAnswer Each(Func<int, BatchFact> fact) => BatchAnswer.Of([.. n.Node.Outputs.Select((_, i) => fact(i))]);
    }

    /// <summary>
    /// Copies that follow one another. What is the same for every batch may be copied for each sample: then the copies are rows.
    /// </summary>
    private static BatchAnswer Tile(BatchNode n)
    {
        (BatchFact x, BatchFact repeats) = (n.In(0), n.In(1));
        if (x.CountsRows) return "it computes with the size of the batch";
        if (repeats.Elements.IsDefault || repeats.Elements.Length != x.Rank)
            return x.HasRows || !repeats.IsFixed ? "how often it copies is not known" : n.OfRank(x.Rank);
        if (x.HasRows && (repeats.CountsRows || !repeats.Elements[x.Axis].Is(1))) return "it copies the batch";
        ImmutableArray<Extent> dims = [.. x.Dims.Select((d, i) => Extent.Multiply(d, repeats.Elements[i]) ?? n.Fresh())];
        return x.HasRows ? BatchFact.Rows(x.Axis, dims)
            : BatchFact.Uniform(dims) is { } copies ? copies
            : "it copies for two axes of the batch";
    }

    /// <summary>Split since opset 18 must be given the number of parts, or their sizes.</summary>
    private static string? CountsParts(NodeEdit edit)
    {
        if (edit.Input(1) is null && !IsUneven(edit)) edit.Set("num_outputs", edit.OutputCount);
        return null;

        // Then the node gets no number of parts, and its check refuses it.
        static bool IsUneven(NodeEdit edit) => edit.Shape(0) is { } shape && edit.Attributes.Int("axis") is var axis
            && axis >= -shape.Rank && axis < shape.Rank && shape[(int)(axis < 0 ? axis + shape.Rank : axis)] is { IsKnown: true } dim
            && edit.OutputCount > 0 && dim.Size % edit.OutputCount != 0;
    }

    /// <summary>Split before opset 18 makes equal parts of what has no sizes; since 18 the last may be smaller.</summary>
    private static string? ToEqualParts(NodeEdit edit)
    {
        if (edit.Take("num_outputs") is not IntAttribute { Value: var parts } || edit.Input(1) is not null) return null;
        long axis = edit.Attributes.Int("axis");
        if (edit.Shape(0) is not { } shape || axis < -shape.Rank || axis >= shape.Rank) return null; // fails at run time if unequal
        Dim dim = shape[(int)(axis < 0 ? axis + shape.Rank : axis)];
        if (!dim.IsKnown || parts <= 0 || parts != edit.OutputCount || dim.Size % parts == 0) return null;
        long size = (dim.Size + parts - 1) / parts;
        long[] sizes = [.. Enumerable.Range(0, (int)parts).Select(i => Math.Clamp(dim.Size - i * size, 0, size))];
        edit.SetInput(1, edit.Integers(sizes));
        return null;
    }
}
