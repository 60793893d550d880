namespace GraphPartition.MindIr.Primitives;

/// <summary>Slices and padding.</summary>
internal static class Slicing
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("Slice", "x begin size", Slice),
        new("StridedSlice", "x begin end strides | begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask", StridedSlice),
        new("Pad", "x | paddings", c => c.Emit.Result("Pad", [c.Tensor("x"), c.Emit.Integers(Padding.Reordered(Pairs(c)))])),
        new("MirrorPad", "x paddings", MirrorPad),
        new("PadV3", "x paddings constant_value", PadV3),
    ];

    /// <summary>A size of -1 reaches to the end.</summary>
    private static Operand Slice(PrimitiveCall c)
    {
        long[] size = c.Ints("size");
        Value axes = c.Emit.Integers([.. Enumerable.Range(0, size.Length)]);
        if (Emitter.IntegersOf(c.Get("begin")) is { } begin)
        {
            if (begin.Length != size.Length) throw c.Unsupported($"has {begin.Length} begins and {size.Length} sizes");
            long[] ends = [.. begin.Zip(size, (b, s) => s == -1 ? long.MaxValue : b + s)];
            return c.Emit.Result("Slice", [c.Tensor("x"), c.Emit.Integers(begin), c.Emit.Integers(ends), axes]);
        }
        if (size.Contains(-1)) throw c.Unsupported("reaches to the end from a begin that is computed");
        Value start = c.Emit.Add("Cast", [c.Tensor("begin")], ("to", (long)ElementType.Int64));
        return c.Emit.Result("Slice", [c.Tensor("x"), start, c.Emit.Add("Add", [start, c.Emit.Integers(size)]), axes]);
    }

    /// <summary>
    /// A slice as Python's <c>x[a:b:c, ..., None, i]</c>. Bit i of a mask is about the i-th entry of the subscript: an ellipsis
    /// stands for the axes that no other entry is about, a new axis is about none, a shrunk axis is indexed and disappears.
    /// </summary>
    private static Operand StridedSlice(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long[] begin = c.Ints("begin"), end = c.Ints("end"), step = c.OptionalInts("strides") ?? [.. begin.Select(_ => 1L)];
        if (end.Length != begin.Length || step.Length != begin.Length)
            throw c.Unsupported("has begins, ends and strides of different lengths");
        if (begin.Length > 63) throw c.Unsupported($"has {begin.Length} entries");
        if (step.Contains(0)) throw c.Unsupported("has a stride of 0");
        var subscript = new Subscript(c, begin.Length);
        List<long> axes = [], starts = [], ends = [], steps = [], shrunk = [], added = [];
        int axis = 0, place = 0; // in x, and in the result before axes are dropped
        for (int i = 0; i < begin.Length; i++)
        {
            if (i == subscript.Ellipsis)
            {
                int skipped = c.Rank(x) - subscript.AxesNamed;
                if (skipped < 0) throw c.Unsupported($"has {subscript.AxesNamed} entries for a tensor of rank {c.Rank(x)}");
                axis += skipped;
                place += skipped;
                continue;
            }
            if (subscript.IsNew(i))
            {
                added.Add(place++);
                continue;
            }
            bool isShrunk = subscript.IsShrunk(i), back = step[i] < 0 && !isShrunk;
            axes.Add(axis++);
            steps.Add(isShrunk ? 1 : step[i]);
            starts.Add(isShrunk || !subscript.BeginIsOpen(i) ? begin[i] : back ? long.MaxValue : 0);
            ends.Add(isShrunk ? begin[i] == -1 ? long.MaxValue : begin[i] + 1
                : !subscript.EndIsOpen(i) ? end[i] : back ? long.MinValue : long.MaxValue);
            if (isShrunk) shrunk.Add(axes[^1]);
            else place++;
        }
        return Emit();

        Operand Emit()
        {
            Value[] operands = [x, Vector(starts), Vector(ends), Vector(axes), Vector(steps)];
            if (shrunk.Count == 0 && added.Count == 0) return c.Emit.Result("Slice", operands);
            Value result = axes.Count == 0 ? x : c.Emit.Add("Slice", operands);
            if (added.Count == 0) return c.Emit.Result("Squeeze", [result, Vector(shrunk)]);
            if (shrunk.Count > 0) result = c.Emit.Add("Squeeze", [result, Vector(shrunk)]);
            return c.Emit.Result("Unsqueeze", [result, Vector(added)]);
        }

        Value Vector(List<long> numbers) => c.Emit.Integers([.. numbers]);
    }

    /// <summary>
    /// SYMMETRIC repeats the border where REFLECT leaves it out. ONNX's Pad cannot, so elements are picked along each axis of size n:
    /// p - 1, ..., 0, then 0, ..., n - 1, then n - 1, ..., n - q.
    /// </summary>
    private static Operand MirrorPad(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        if (c.Text("mode", "REFLECT") is "REFLECT")
            return c.Emit.Result("Pad", [x, c.Emit.Integers(Padding.Reordered(Pairs(c)))], ("mode", "reflect"));
        long[] pairs = Pairs(c);
        if (x.Shape is not { IsStatic: true } shape || pairs.Length != 2 * shape.Rank)
            throw c.Unsupported("repeats the border of a tensor of unknown shape");
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            (long before, long after, long n) = (pairs[2 * axis], pairs[2 * axis + 1], shape[axis].Size);
            if (before < 0 || after < 0 || before > n || after > n) throw c.Unsupported($"repeats {before} and {after} elements of {n}");
            if (before + after == 0) continue;
            long[] picked = [.. Enumerable.Range(0, (int)(before + n + after)).Select(i => i - before)
                .Select(i => i < 0 ? -1 - i : i < n ? i : 2 * n - 1 - i)];
            x = c.Emit.Add("Gather", [x, c.Emit.Integers(picked)], ("axis", axis));
        }
        return c.Emit.Result("Identity", [x]);
    }

    /// <summary>(b0, e0, b1, e1, ...) of a tuple of pairs or of a tensor of them.</summary>
    private static long[] Pairs(PrimitiveCall c)
    {
        IEnumerable<long>? flat = c.Get("paddings") switch
        {
            TupleOperand tuple when tuple.Items.All(p => Emitter.IntegersOf(p) is [_, _]) =>
                tuple.Items.SelectMany(p => Emitter.IntegersOf(p)!),
            ConstantOperand { Data.Dims: [_, 2] } constant => constant.Data.ToIntegers(),
            _ => null,
        };
        return flat is null ? throw c.Unsupported("has paddings that are no known pairs") : [.. flat];
    }

    /// <summary>Pairs from the last axis backwards, as many as there are; or, not contiguous, all begins and then all ends.</summary>
    private static Operand PadV3(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long[] list = c.Ints("paddings");
        int rank = c.Rank(x), pairs = list.Length / 2;
        if (list.Length % 2 != 0 || pairs > rank) throw c.Unsupported($"has {list.Length} paddings for a tensor of rank {rank}");
        bool contiguous = c.Flag("paddings_contiguous", true);
        var pads = new long[2 * rank];
        for (int i = 0; i < pairs; i++)
        {
            pads[rank - 1 - i] = contiguous ? list[2 * i] : list[i];
            pads[2 * rank - 1 - i] = contiguous ? list[2 * i + 1] : list[pairs + i];
        }
        string mode = c.Text("mode", "CONSTANT") switch
        {
            "CONSTANT" => "constant",
            "REFLECT" => "reflect",
            "EDGE" => "edge",
            "CIRCULAR" => "wrap",
            var other => throw c.Unsupported($"has the mode {other}"),
        };
        Value?[] operands = mode == "constant" && c.Find("constant_value") is { } value
            ? [x, c.Emit.Integers(pads), Elementwise.As(c, value, "constant_value", c.ElementOf(x))]
            : [x, c.Emit.Integers(pads)];
        return c.Emit.Result("Pad", operands, ("mode", mode));
    }
}

/// <summary>The masks of a StridedSlice: bit i is about the i-th entry of the subscript.</summary>
internal readonly struct Subscript
{
    private readonly long _begin;
    private readonly long _end;
    private readonly long _new;
    private readonly long _shrink;

    public Subscript(PrimitiveCall c, int entries)
    {
        _begin = c.Int("begin_mask", 0);
        _end = c.Int("end_mask", 0);
        _new = c.Int("new_axis_mask", 0);
        _shrink = c.Int("shrink_axis_mask", 0);
        long ellipsis = c.Int("ellipsis_mask", 0);
        if (long.PopCount(ellipsis) > 1) throw c.Unsupported("has two ellipses");
        Ellipsis = ellipsis == 0 ? -1 : (int)long.TrailingZeroCount(ellipsis);
        for (int i = 0; i < entries; i++)
            if (i != Ellipsis && !IsNew(i)) AxesNamed++;
    }

    /// <summary>The entry that is an ellipsis, or -1.</summary>
    public int Ellipsis { get; }

    /// <summary>How many axes the entries are about, apart from those of an ellipsis.</summary>
    public int AxesNamed { get; }

    /// <summary>Whether the slice begins at the first element (the last, going backwards), and its begin is ignored.</summary>
    public bool BeginIsOpen(int entry) => Bit(_begin, entry);

    /// <summary>Whether the slice reaches to the end, and its end is ignored.</summary>
    public bool EndIsOpen(int entry) => Bit(_end, entry);

    /// <summary>Whether the entry adds an axis of size 1.</summary>
    public bool IsNew(int entry) => Bit(_new, entry);

    /// <summary>Whether the entry is an index, whose axis disappears. A new axis takes precedence.</summary>
    public bool IsShrunk(int entry) => Bit(_shrink, entry);

    private static bool Bit(long mask, int entry) => ((mask >> entry) & 1) != 0;
}
