namespace GraphPartition.Operators.Families;

/// <summary>Operators that drop, add or reorder axes, or move elements between them.</summary>
internal static class Axes
{
    private static readonly OperatorDefinition
        Common = Pure with { Work = Work.Move, MovesElements = true, Sizes = Moving, OrtCuda = OnDevice },
        Views = Common with
        {
            Work = Work.View,
            Identity = KeepsShape,
            TakesSizes = true,
            Opsets = [ToInput(13, "axes", 1)],
            OrtCuda = ReadsSizes,
        };

    public static OperatorFamily Family => new()
    {
        ["Squeeze"] = Views with { Types = Squeeze, Rows = Squeeze, MindSpore = new("Squeeze", Known(1)) },
        ["Unsqueeze"] = Views with { Types = Unsqueeze, Rows = Unsqueeze, MindSpore = new("ExpandDims", Known(1)) },
        ["Transpose"] = Common with { Types = Transpose, Identity = (n, _) => KeepsOrder(n) ? 0 : -1, Rows = Transpose, MindSpore = Same },
        ["DepthToSpace"] = Common with { Types = DepthToSpace, Check = NodeChecks.DepthToSpace, Rows = Each(0) },
        ["SpaceToDepth"] = Common with { Types = SpaceToDepth, Check = NodeChecks.DepthToSpace, Rows = Each(0) },
        [OrtDomain, "ExpandDims"] = Pure with { Types = ExpandDims },
        [OrtDomain, "UnfoldTensor"] = Pure with { Types = Unfold },
    };

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
        if (axes.Distinct().Count() < axes.Length)
        {
            n.Contradiction($"perm [{string.Join(", ", perm)}] has an axis twice");
            return;
        }
        var result = new Shape([.. axes.Select(a => shape[a])]);
        n.Set(0, result, MovedElements.Of(n, shape, result, (to, from) =>
        {
            for (int i = 0; i < axes.Length; i++) from[axes[i]] = to[i];
        }));
    }

    private static void DepthToSpace(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 4 } s || n.Int("blocksize") is not (> 0 and < int.MaxValue and var b)) return;
        if (s[1].IsKnown && s[1].Size % (b * b) != 0) n.Contradiction($"{s[1]} channels cannot be divided by the block of {b}x{b}");
        n.Set(0, new Shape(s[0], DimMath.Div(s[1], b * b), DimMath.Mul(s[2], b), DimMath.Mul(s[3], b)));
    }

    private static void SpaceToDepth(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 4 } s || n.Int("blocksize") is not (> 0 and < int.MaxValue and var b)) return;
        for (int i = 2; i < 4; i++)
            if (s[i].IsKnown && s[i].Size % b != 0) n.Contradiction($"dimension {i} of {s} does not divide by the block size {b}");
        n.Set(0, new Shape(s[0], DimMath.Mul(s[1], b * b), DimMath.Div(s[2], b), DimMath.Div(s[3], b)));
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

    private static BatchAnswer Squeeze(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? axes = n.Integers("axes", 1, out bool given);
        if (x.CountsRows)
            return x.Elements.Length == 1 ? BatchFact.Sizes(x.Elements, isScalar: true) : "it computes with the size of the batch";
        if (!x.HasRows)
            return x.Only is not null && x.Rank == 1 ? BatchFact.Sizes(x.Elements, isScalar: true)
                : x.Rank < 0 || !given || axes is null ? BatchFact.Fixed() : Without(x, axes);
        return !given ? "it drops the batch where that is a single sample" : axes is null ? "its axes are not known" : Without(x, axes);
    }

    private static BatchAnswer Without(BatchFact x, long[] axes)
    {
        HashSet<int> gone = [.. axes.Select(a => BatchNode.Axis(a, x.Rank) ?? -1)];
        if (gone.Contains(-1)) return "an axis is out of range";
        if (x.HasRows && gone.Contains(x.Axis)) return "it drops the batch";
        return BatchFact.Of(x.HasRows ? x.Axis - gone.Count(g => g < x.Axis) : -1, [.. x.Dims.Where((_, i) => !gone.Contains(i))]);
    }

    private static BatchAnswer Unsqueeze(BatchNode n)
    {
        BatchFact x = n.In(0);
        long[]? axes = n.Integers("axes", 1, out _);
        if (!x.Elements.IsDefault && x.Rank == 0 && axes is [0 or -1]) return BatchFact.Sizes(x.Elements, isScalar: false);
        if (x.CountsRows) return "it computes with the size of the batch";
        if (x.Rank < 0 || axes is null) return x.HasRows ? "its axes are not known" : BatchFact.Fixed();
        int rank = x.Rank + axes.Length;
        HashSet<int> added = [.. axes.Select(a => BatchNode.Axis(a, rank) ?? -1)];
        if (added.Contains(-1) || added.Count < axes.Length) return "an axis is out of range";
        int[] kept = [.. Enumerable.Range(0, rank).Where(i => !added.Contains(i))];
        var dims = new Extent[rank];
        Array.Fill(dims, Extent.One);
        for (int i = 0; i < kept.Length; i++) dims[kept[i]] = x.Dims[i];
        return BatchFact.Of(x.HasRows ? kept[x.Axis] : -1, [.. dims]);
    }

    private static BatchAnswer Transpose(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (x.Rank < 0) return x;
        long[] order = n.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given]
            : [.. Enumerable.Range(1, x.Rank).Select(i => (long)(x.Rank - i))];
        if (order.Length != x.Rank) return "its order does not fit the rank";
        return BatchFact.Of(x.HasRows ? Array.IndexOf(order, x.Axis) : -1, [.. order.Select(i => x.Dims[(int)i])]);
    }

    /// <summary>Whether all axes but those of size 1 stay in their order, and the shape stays.</summary>
    private static bool KeepsOrder(Node node)
    {
        ImmutableArray<long> perm = node.Attributes.Ints("perm");
        if (node.Input(0)?.Shape is not { } shape) return IsIncreasing(perm, null);
        if (perm.IsDefault) perm = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)(shape.Rank - 1 - i))];
        return perm.Length == shape.Rank && IsIncreasing(perm, shape)
            && (IsIncreasing(perm, null) || AreSame(shape, node.Output(0)?.Shape));
    }

    private static bool IsIncreasing(ImmutableArray<long> perm, Shape? shape)
    {
        if (perm.IsDefault) return false;
        long last = -1;
        foreach (long axis in perm)
        {
            if (axis < 0 || axis >= perm.Length) return false;
            if (shape?[(int)axis].Is(1) == true) continue;
            if (axis < last) return false;
            last = axis;
        }
        return true;
    }
}
