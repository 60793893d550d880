namespace GraphPartition.Operators.Families;

/// <summary>Slices, pads and crops along axes: https://onnx.ai/onnx/operators/onnx__Slice.html and its relatives.</summary>
internal static class Slicing
{
    private static readonly OperatorDefinition Common = Pure with { Work = Work.Move, Sizes = Rising, OrtCuda = ReadsSizes };

    public static OperatorFamily Family => new()
    {
        ["Slice"] = Common with
        {
            Types = Slice,
            Check = NodeChecks.Slice,
            Sizes = ShapeSizes.Slice,
            MovesElements = true,
            Rows = Slice,
            TakesSizes = true,
            Opsets = [new(10, BoundsToInputs)],
            Identity = (n, opset) => n.Input(4) is null || IsFilledWith(n.Input(4), 1) ? KeepsShape(n, opset) : -1,
            MindSpore = new("Slice", n => Known(1, 2, 3)(n)
                ?? (n.Input(4)?.Data?.ToIntegers() is { } steps && steps.Any(s => s != 1) ? "its Slice has no steps" : Known(4)(n))),
        },
        ["Pad"] = Common with
        {
            Types = Pad,
            Check = NodeChecks.Pad,
            Sizes = ShapeSizes.Pad,
            LowPrecision = LowPrecision.Follows with { ExactInputs = [2] },
            Range = (n, _, x) => x(0).Or(n.Input(2) is null ? NumberFact.In(new(0, 0)) : x(2)),
            Rows = Pad,
            Identity = (n, opset) => PadsNothing(n) ? KeepsShape(n, opset) : -1,
            Body = PadBody.Pad,
            Opsets = [new(11, PadsToInputs), Adds(18, PadsOfAllAxes)],
        },
        ["CenterCropPad"] = Common with { Types = CenterCropPad, Work = Work.Elements, OrtCuda = OnDevice, Body = PadBody.CenterCropPad },
        [OrtDomain, "Pad"] = Pure with { Types = Pad, Work = Work.Move },
    };

    private static void Slice(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<Dim>? starts = Numbers(n, 1, "starts"), ends = Numbers(n, 2, "ends");
        int? count = starts?.Length ?? ends?.Length ?? (n.Shape(1) is [{ IsKnown: true } length] ? (int)length.Size : null);
        long[]? axes = n.HasInts(3, "axes") ? n.Ints(3, "axes") : count is { } c ? [.. Enumerable.Range(0, c).Select(i => (long)i)] : null;
        long[]? steps = n.Has(4) ? n.Ints(4) : axes is null ? null : [.. Enumerable.Repeat(1L, axes.Length)];
        if (axes is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        if (steps?.Contains(0) == true || (starts?.Length is { } firsts && ends?.Length is { } lasts && firsts != lasts))
        {
            n.Contradiction(steps?.Contains(0) == true ? "a step is 0"
                : $"{starts?.Length} starts are given and {ends?.Length} ends");
            return;
        }
        Dim[] dims = [.. shape];
        var first = new (long From, long Step)?[shape.Rank];
        Array.Fill(first, (0, 1));
        for (int i = 0; i < axes.Length; i++)
        {
            if (n.Axis(axes[i], shape.Rank) is not { } axis) return;
            (dims[axis], first[axis]) = i < starts?.Length && i < ends?.Length && i < steps?.Length && steps[i] != 0
                ? (Length(shape[axis], starts.Value[i], ends.Value[i], steps[i]), First(shape[axis], starts.Value[i], steps[i])) : default;
        }
        var result = new Shape(dims);
        n.Set(0, result, Array.TrueForAll(first, f => f is not null) ? MovedElements.Of(n, shape, result, (to, from) =>
        {
            for (int i = 0; i < from.Length; i++) from[i] = first[i]!.Value.From + to[i] * first[i]!.Value.Step;
        }) : null);
    }

    /// <summary>The index of the first element taken, where it is known.</summary>
    private static (long, long)? First(Dim size, Dim start, long step) =>
        size.IsKnown && DimMath.Number(start) is { } s ? (Clamp(size.Size, s, 0, step).From, step) : null;

    private static ImmutableArray<Dim>? Numbers(NodeTyping n, int input, string attribute) =>
        n.Has(input) ? n.Elements(input) : n.Attributes.Ints(attribute) is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;

    /// <summary>ceil((end - start) / step) after both are clamped to the dimension.</summary>
    private static Dim Length(Dim size, Dim start, Dim end, long step)
    {
        if (size.IsKnown && DimMath.Number(start) is { } s && DimMath.Number(end) is { } e)
        {
            (long from, long to) = Clamp(size.Size, s, e, step);
            return Math.Max(0, (to - from + step - Math.Sign(step)) / step);
        }
        if (step < 1 || size.IsUnknown) return WholeReversed(size, start, end, step);
        Dim first = start.Is(1) ? 1 : Counted(size, start), last = Counted(size, end); // of the first element likewise
        if (first.IsUnknown || last.IsUnknown) return Dim.Unknown;
        return DimMath.AsDim(DimMath.CeilDiv(DimMath.Sub(last, first), step));
    }

    /// <summary>x[::-1] keeps its length.</summary>
    private static Dim WholeReversed(Dim size, Dim start, Dim end, long step) =>
        step == -1 && DimMath.Number(start) is -1 or > int.MaxValue / 2 && DimMath.Number(end) < -int.MaxValue / 2 ? size : Dim.Unknown;

    /// <summary>
    /// The bound as a place counted from the front, where the bound or the size is a symbol. A bound behind the end becomes the end.
    /// Of the negative bounds only -1 is supported: it means the last element, and the rule assumes that there is one.
    /// </summary>
    private static Dim Counted(Dim size, Dim bound) => DimMath.Number(bound) switch
    {
        >= int.MaxValue => size, // "the end"
        -1 => DimMath.Sub(size, 1),
        < 0 => Dim.Unknown,
        _ => DimMath.Min(size, bound),
    };

    private static (long From, long To) Clamp(long size, long start, long end, long step)
    {
        if (start < 0) start += size;
        if (end < 0) end += size;
        return step > 0
            ? (Math.Clamp(start, 0, size), Math.Clamp(end, 0, size))
            : (Math.Clamp(start, -1, size - 1), Math.Clamp(end, -1, size - 1));
    }

    private static void Pad(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<Dim>? pads = n.Has(1) ? n.Elements(1)
            : n.Attributes.Ints("pads") is { IsDefault: false } old ? [.. old.Select(DimMath.Of)] : null;
        long[]? axes = n.Has(3) ? n.Ints(3) : [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        if (pads is not { } p || axes is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank));
            return;
        }
        if (p.Length != 2 * axes.Length)
        {
            n.Contradiction($"{p.Length} pads are given for {axes.Length} axes, expected {2 * axes.Length}");
            return;
        }
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
            if (n.Axis(axes[i], shape.Rank) is { } axis)
                dims[axis] = DimMath.AsDim(DimMath.Add(dims[axis], DimMath.Add(p[i], p[i + axes.Length])));
        n.Set(0, new Shape(dims));
    }

    private static void CenterCropPad(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape) return;
        ImmutableArray<long> axes = n.Attributes.Ints("axes");
        if (axes.IsDefault) axes = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)i)];
        Dim[] dims = [.. shape];
        for (int i = 0; i < axes.Length; i++)
            if (n.Axis(axes[i], shape.Rank) is { } axis)
                dims[axis] = i < n.Elements(1)?.Length ? DimMath.AsDim(n.Elements(1)!.Value[i]) : Dim.Unknown;
        n.Set(0, new Shape(dims));
    }

    private static BatchAnswer Slice(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(3, 4) is { } varies) return varies;
        long[]? starts = n.In(1).Numbers, ends = n.In(2).Numbers;
        long[]? axes = n.Has(3) ? n.In(3).Numbers
            : n.In(1).Rank == 1 && n.In(1).Dims[0].IsNumber ? [.. Enumerable.Range(0, (int)n.In(1).Dims[0].Number)]
            : null;
        long[]? steps = n.Has(4) ? n.In(4).Numbers : axes is null ? null : [.. axes.Select(_ => 1L)];
        if (x.CountsRows) return Elements(x, starts, ends, axes, steps) is { } part ? part : "it computes with the size of the batch";
        if (!x.HasRows)
            return n.WhyNotFixed(1, 2) ?? (BatchAnswer)(Elements(x, starts, ends, axes, steps) ?? n.OfRank(x.Rank));
        if (axes is null) return "its axes are not known";
        var dims = x.Dims.ToBuilder();
        for (int i = 0; i < axes.Length; i++)
        {
            if (BatchNode.Axis(axes[i], x.Rank) is not { } axis) return "an axis is out of range";
            if (axis != x.Axis)
            {
                if (!IsFixedAt(n.In(1), i) || !IsFixedAt(n.In(2), i)) return "it computes with the size of the batch";
                dims[axis] = n.Fresh();
                continue;
            }
            bool isWhole = Of(n.In(1), i)?.Is(0) == true && i < steps?.Length && steps[i] == 1
                && Of(n.In(2), i) is { } end && (end == x.Dims[axis] || end is { IsNumber: true, Number: >= int.MaxValue });
            if (!isWhole) return "it takes a part of the batch";
        }
        return BatchFact.Rows(x.Axis, dims.ToImmutable());

        static Extent? Of(BatchFact numbers, int index) =>
            numbers.Elements.IsDefault || index >= numbers.Elements.Length ? null : numbers.Elements[index];
        static bool IsFixedAt(BatchFact numbers, int index) => numbers.IsFixed || Of(numbers, index) is { HasBatch: false };
    }

    /// <summary>A part of a vector of sizes.</summary>
    private static BatchFact? Elements(BatchFact x, long[]? starts, long[]? ends, long[]? axes, long[]? steps)
    {
        if (x.Elements.IsDefault || x.Rank != 1 || axes is not [0 or -1] || steps is not [1]) return null;
        if (starts is not [var start] || ends is not [var end]) return null;
        int length = x.Elements.Length, from = Clamp(start), to = Clamp(end);
        return BatchFact.Sizes(from < to ? x.Elements[from..to] : [], isScalar: false);

        int Clamp(long index) => (int)Math.Clamp(index < 0 ? index + length : index, 0, length);
    }

    private static BatchAnswer Pad(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2, 3) is { } varies) return varies;
        if (!x.HasRows) return n.OfRank(x.Rank);
        long[]? pads = n.Integers("pads", 1, out _), axes = n.Has(3) ? n.In(3).Numbers : [.. Enumerable.Range(0, x.Rank)];
        if (pads is null || axes is null || pads.Length != 2 * axes.Length) return "how it pads is not known";
        for (int i = 0; i < axes.Length; i++)
        {
            if (BatchNode.Axis(axes[i], x.Rank) is not { } axis) return "an axis is out of range";
            if (axis == x.Axis && (pads[i] != 0 || pads[i + axes.Length] != 0)) return "it pads the batch";
        }
        return BatchFact.Rows(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }

    private static bool PadsNothing(Node node) => node.Attributes.Ints("pads") is { IsDefault: false } old
        ? old.All(p => p == 0) : IsFilledWith(node.Input(1), 0);

    /// <summary>Slice before opset 10.</summary>
    private static string? BoundsToInputs(NodeEdit edit)
    {
        edit.SetInput(1, edit.Integers(edit.TakeInts("starts") ?? []));
        edit.SetInput(2, edit.Integers(edit.TakeInts("ends") ?? []));
        if (edit.TakeInts("axes") is { } axes) edit.SetInput(3, edit.Integers(axes));
        return null;
    }

    /// <summary>Pad before opset 11.</summary>
    private static string? PadsToInputs(NodeEdit edit)
    {
        float fill = edit.Take("value") is FloatAttribute v ? v.Value : 0;
        edit.SetInput(1, edit.Integers(edit.TakeInts("pads") ?? []));
        if (fill == 0) return null;
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        if (NodeEdit.FloatScalar(element, fill) is not { } scalar) return $"'value' needs a known type of floats, it is {element.Keyword()}";
        edit.SetInput(2, edit.Constant(scalar));
        return null;
    }

    /// <summary>Pad before opset 18 pads all axes: the pads of some axes become those of all, with 0 for the others.</summary>
    private static string? PadsOfAllAxes(NodeEdit edit)
    {
        if (edit.Input(3) is null) return null;
        if (edit.KnownIntegers(3) is not { } axes || edit.KnownIntegers(1) is not { } pads || edit.Shape(0)?.Rank is not { } rank)
            return "axes are given, but they, the pads or the rank are not known";
        if (pads.Length != 2 * axes.Length) return $"{pads.Length} pads are given for {axes.Length} axes";
        var all = new long[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank) return $"axis {axes[i]} is outside rank {rank}";
            (all[axis], all[axis + rank]) = (pads[i], pads[i + axes.Length]);
        }
        edit.SetInput(1, edit.Integers(all));
        edit.SetInput(3, null);
        return null;
    }
}
