namespace GraphPartition.Operators.Families;

/// <summary>Operators that move elements to another shape without looking at them, and those that ask for a shape.</summary>
internal static class Reshaping
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("Reshape", Reshape),
        new("Flatten", Flatten),
        new("Squeeze", Squeeze),
        new("Unsqueeze", Unsqueeze),
        new("Transpose", Transpose),
        new("Expand", Expand),
        new("Tile", Tile),
        new("Shape", ShapeOf),
        new("Size", n => n.Set(0, Shape.Scalar, n.Shape(0) is { } s ? [DimMath.Product(s.Dims.AsSpan())] : null)),
        new("DepthToSpace", DepthToSpace),
        new("SpaceToDepth", SpaceToDepth),
        new("Concat", Concat),
        new("Split", Split),
        new(new("com.microsoft", "ExpandDims"), ExpandDims),
        new(new("com.microsoft", "UnfoldTensor"), Unfold),
    ];

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
                n.Contradiction($"{number} is no dimension");
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
            n.Contradiction($"{from} cannot be reshaped to {new Shape(to)}: {all} elements do not divide by {others}");
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

    private static void Squeeze(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        if (n.HasInts(1, "axes") && n.Ints(1, "axes") is null)
        {
            n.Set(0, n.Shape(1) is [{ IsKnown: true } k] && k.Size <= shape.Rank ? Shape.OfRank(shape.Rank - (int)k.Size) : null);
            return;
        }
        if (n.Ints(1, "axes") is not { Length: > 0 } axes)
        {
            foreach (Dim d in shape)
                if (!d.IsKnown) return; // which dimensions are 1 is not known
            n.Set(0, new Shape([.. shape.Where(d => !d.Is(1))]), n.AllElements(0));
            return;
        }
        if (n.Axes(axes, shape.Rank) is not { } dropped) return;
        var dims = ImmutableArray.CreateBuilder<Dim>();
        for (int i = 0; i < shape.Rank; i++)
        {
            if (!dropped[i]) dims.Add(shape[i]);
            else if (shape[i].IsKnown && !shape[i].Is(1)) n.Contradiction($"dimension {i} of {shape} is squeezed, expected 1");
        }
        n.Set(0, new Shape(dims.ToImmutable()), n.AllElements(0));
    }

    private static void Unsqueeze(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        if (n.Ints(1, "axes") is not { } axes)
        {
            n.Set(0, n.Shape(1) is [{ IsKnown: true } k] && k.Size <= 64 ? Shape.OfRank(shape.Rank + (int)k.Size) : null);
            return;
        }
        int rank = shape.Rank + axes.Length;
        if (n.Axes(axes, rank) is not { } added) return;
        if (added.Count(a => a) != axes.Length)
        {
            n.Report(ModelCodes.WrongAttribute, $"an axis stands twice in [{string.Join(',', axes)}]");
            return;
        }
        var dims = new Dim[rank];
        for (int i = 0, from = 0; i < rank; i++) dims[i] = added[i] ? 1 : shape[from++];
        n.Set(0, new Shape(dims), n.AllElements(0));
    }

    private static void Transpose(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape)
        {
            n.Set(0, n.Attributes.Ints("perm") is { IsDefault: false } p ? Shape.OfRank(p.Length) : null);
            return;
        }
        ImmutableArray<long> perm = n.Attributes.Ints("perm");
        if (perm.IsDefault) perm = [.. Enumerable.Range(0, shape.Rank).Reverse().Select(i => (long)i)];
        if (perm.Length != shape.Rank)
        {
            n.Contradiction($"perm has {perm.Length} axes, the input {shape} has {shape.Rank}");
            return;
        }
        var axes = new int[shape.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            if (n.Axis(perm[i], shape.Rank) is not { } axis) return;
            axes[i] = axis;
        }
        var result = new Shape([.. axes.Select(a => shape[a])]);
        n.Set(0, result, MovedElements.Of(n, shape, result, (to, from) =>
        {
            for (int i = 0; i < axes.Length; i++) from[axes[i]] = to[i];
        }));
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

    private static void DepthToSpace(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 4 } s || n.Int("blocksize") is not (> 0 and < int.MaxValue and var b)) return;
        if (s[1].IsKnown && s[1].Size % (b * b) != 0) n.Contradiction($"{s[1]} channels do not divide by the block of {b}x{b}");
        n.Set(0, new Shape(s[0], DimMath.Div(s[1], b * b), DimMath.Mul(s[2], b), DimMath.Mul(s[3], b)));
    }

    private static void SpaceToDepth(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 4 } s || n.Int("blocksize") is not (> 0 and < int.MaxValue and var b)) return;
        for (int i = 2; i < 4; i++)
            if (s[i].IsKnown && s[i].Size % b != 0) n.Contradiction($"dimension {i} of {s} does not divide by the block size {b}");
        n.Set(0, new Shape(s[0], DimMath.Mul(s[1], b * b), DimMath.Div(s[2], b), DimMath.Div(s[3], b)));
    }

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
        if (sizes is { } all && n.HasInts(1, "split") && all.Aggregate((Dim)0, DimMath.Add) is { IsKnown: true } sum
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

    private static void ExpandDims(NodeTyping n)
    {
        if (n.Shape(0) is { } shape && n.Number(1) is { } axis && n.Axis(axis, shape.Rank + 1) is { } at)
            n.Set(0, new Shape(shape.Dims.Insert(at, 1)));
    }

    private static void Unfold(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Axis("dim", -1, shape.Rank) is not { } axis) return;
        Dim size = n.SizeAttribute("size");
        long step = n.Int("step", 1);
        if (step is <= 0 or long.MaxValue) return;
        Dim windows = DimMath.Add(DimMath.Div(DimMath.Sub(shape[axis], size), step), 1);
        n.Set(0, new Shape(shape.With(axis, DimMath.AsDim(windows)).Dims.Add(size)));
    }
}
