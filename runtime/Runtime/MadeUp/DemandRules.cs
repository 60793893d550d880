namespace GraphPartition.Runtime.MadeUp;

/// <summary>Tells what a node demands of its inputs.</summary>
internal delegate void DemandRule(DemandNode n);

/// <summary>What each operator demands of the numbers of its inputs (https://onnx.ai/onnx/operators/).</summary>
internal static class DemandRules
{
    private static readonly Dictionary<OpName, DemandRule> Rules = Table();

    /// <summary>The rule of an operator; null: it demands nothing.</summary>
    public static DemandRule? Of(OpName op) => Rules.GetValueOrDefault(op);

    /// <summary>The results hold numbers of the inputs, so what is demanded of them is demanded of these.</summary>
    public static void PassOn(DemandNode n)
    {
        Demand whole = n.Output, bounds = whole with { Elements = default };
        bool isWhole = n.Node.Op.Type is "Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten";
        if (!n.Node.Op.Is("Concat")) n.Need(0, isWhole ? whole : bounds);
        else
            for (int i = 0, at = 0; i < n.Inputs; at += (int)(n.Count(i) ?? 0), i++)
                n.Need(i, !whole.Elements.IsDefault && n.Count(i) is { } count && at + count <= whole.Elements.Length
                    ? bounds with { Elements = whole.Elements.Slice(at, (int)count) } : bounds);
    }

    private static Dictionary<OpName, DemandRule> Table()
    {
        var rules = new Dictionary<OpName, DemandRule>();
        Add(n => Index(n, 1, n.Dim(0, Axis(n))), "Gather");
        Add(n => Below(n, 1, n.Dim(0, Axis(n))), "GatherElements", "Scatter", "ScatterElements");
        Add(n => Tuples(n, n.Node.Attributes.Int("batch_dims")), "GatherND");
        Add(n => Tuples(n, 0), "ScatterND");
        Add(n =>
        {
            Below(n, 0, n.Known(1)?.Most ?? 8);
            n.Need(1, 8, 16);
        }, "OneHot");
        Add(Divide, "Div");
        Add(n => n.Need(1, n.IsInteger(1) ? new Demand { Least = 1, Most = 4, IsNonZero = true } : Demand.None), "Mod");
        Add(Range, "Range");
        Add(n => Below(n, 2, n.Dim(0, 0)), "RoiAlign", "MaxRoiPool");
        Add(n =>
        {
            n.NeedElements(1, ReshapeTarget(n));
            PassOn(n);
        }, "Reshape");
        Add(n =>
        {
            n.NeedElements(1, Enumerable.Repeat(1L, (int)(n.Count(1) ?? 0)));
            PassOn(n);
        }, "Expand", "Tile");
        Add(Slice, "Slice");
        Add(n =>
        {
            n.Need(1, 0, 1);
            Axes(n, 3);
        }, "Pad");
        Add(n => n.Need(1, 1, n.Dim(0, n.Node.Attributes.Int("axis", -1))), "TopK");
        Add(n => n.Need(0, 1, 4), "ConstantOfShape");
        Add(Split, "Split", "SplitToSequence");
        Add(n =>
        {
            n.NeedElements(1, (n.Dims(0) ?? []).Select((size, axis) => (size, axis)).Where(d => d.size == 1).Select(d => (long)d.axis)
                .Take((int)(n.Count(1) ?? 0)));
            PassOn(n);
        }, "Squeeze");
        Add(n =>
        {
            Axes(n, 1);
            PassOn(n);
        }, "Unsqueeze", "ReduceMax", "ReduceMin", "ReduceMean");
        Add(n => Axes(n, 1), "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp");
        Add(n => n.Need(1, 0, 0), "CumSum", "CumProd", "Trilu", "SequenceAt", "SequenceErase");
        Add(n => n.Need(2, 0, 0), "SequenceInsert");
        Add(n =>
        {
            n.NeedElements(2, Enumerable.Repeat(1L, (int)(n.Count(2) ?? 0)));
            n.NeedElements(3, n.Dims(0) ?? []);
        }, "Resize");
        Add(n => n.NeedElements(1, Enumerable.Repeat(1L, (int)(n.Count(1) ?? 0))), "Upsample");
        Add(n => n.Need(2, 1, 4), "NonMaxSuppression");
        Add(n => n.Need(0, 1, 3), "Loop");
        Add(n => n.Need(4, 1, n.Dim(0, n.Node.Attributes.Int("layout"))), "LSTM", "GRU", "RNN");
        Add(n => n.Need(1, 1, n.Dim(0, n.Node.Attributes.Int("time_axis"))), "ReverseSequence");
        Add(Compare, "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual");
        Add(n => n.Need(0, n.Output), "Cast", "Abs");
        Add(n =>
        {
            n.Need(1, n.Output);
            n.Need(2, n.Output);
        }, "Where");
        Add(Sum, "Add");
        Add(Difference, "Sub");
        Add(Product, "Mul");
        Add(n =>
        {
            for (int i = 0; i < n.Inputs; i++) n.Need(i, null, n.Output.Most);
        }, "Max");
        Add(n =>
        {
            for (int i = 0; i < n.Inputs; i++) n.Need(i, n.Output.Least, null);
        }, "Min");
        Add(n => n.Need(0, -n.Output.Most, -n.Output.Least), "Neg");
        AddRare();

        Microsoft(n =>
        {
            Below(n, 0, n.Dim(2, 0));
            Below(n, 1, n.Dim(4, 0));
            Below(n, 8, n.Dim(3, 0));
        }, "EmbedLayerNormalization");
        Microsoft(n => Below(n, 1, n.Dim(0, n.Node.Attributes.Int("gather_axis"))), "GatherBlockQuantized");
        Microsoft(n => Below(n, 1, n.Dim(2, 0)), "RotaryEmbedding");
        Add(n => Below(n, 3, n.Dim(1, 0)), "RotaryEmbedding");
        Microsoft(n =>
        {
            n.Need(5, n.Dim(0, 1) - 1, n.Dim(0, 1) - 1); // the length of each row, less 1
            n.Need(6, n.Dim(0, 1), n.Dim(0, 1));
        }, "GroupQueryAttention");
        return rules;

        // Inputs of these that are not constant are rare.
        void AddRare()
        {
            Add(n =>
            {
                long[] image = [n.Dim(0, 0) ?? 1, n.Dim(0, 1) ?? 2, 4, 4, 4];
                n.NeedElements(1, image.Take((int)(n.Count(1) ?? 0)));
            }, "AffineGrid");
            Add(n => n.Need(0, 4, 16), "HannWindow", "HammingWindow", "BlackmanWindow");
            Add(n => n.Need(0, 0, 1), "Bernoulli");
            Add(n => Need(n, 1, 0, 0, 0, 0), "Dropout");
            Add(n => Need(n, 1, 4, 8, 1, 1), "DFT");
            Add(n => Need(n, 1, 2, 4, 0, 0, n.Known(3)?.Most ?? 8, n.Known(3)?.Most ?? 8), "STFT");
            Add(n => Need(n, 0, 8, 8, 16, 16, 16, 16, 0, 0, 8, 8), "MelWeightMatrix");
            Add(n => Below(n, 1, n.Count(0)), "MaxUnpool");
            Add(n => n.NeedElements(1, (n.Dims(0) ?? []).TakeLast((int)(n.Count(1) ?? 0))), "CenterCropPad");
            Add(n => Below(n, 2, n.Dim(0, -2)), "TensorScatter");
            Add(n => n.Need(6, 1, n.Dim(1, -2)), "Attention");
            Microsoft(n =>
            {
                Below(n, 2, n.Dim(0, 0));
                n.Need(3, 1, 4);
            }, "CropAndResize");
        }

        void Add(DemandRule rule, params ReadOnlySpan<string> ops)
        {
            foreach (string op in ops) rules.Add(op, rule);
        }

        void Microsoft(DemandRule rule, string op) => rules.Add(new OpName("com.microsoft", op), rule);
    }

    /// <summary>The least and the greatest number of each input from one on, in pairs.</summary>
    private static void Need(DemandNode n, int first, params ReadOnlySpan<long> bounds)
    {
        for (int i = 0; i < bounds.Length; i += 2) n.Need(first + (i / 2), bounds[i], bounds[i + 1]);
    }

    private static long Axis(DemandNode n) => n.Node.Attributes.Int("axis");

    private static void Below(DemandNode n, int input, long? size) => n.Need(input, 0, size is > 0 ? size - 1 : null);

    /// <summary>Gather also moves elements of its first input.</summary>
    private static void Index(DemandNode n, int input, long? size)
    {
        Below(n, input, size);
        n.Need(0, n.Output with { Elements = default });
    }

    /// <summary>Each row of the indices addresses an element by as many axes as the row has numbers.</summary>
    private static void Tuples(DemandNode n, long batch)
    {
        if (n.Dim(1, -1) is not { } length) return;
        long? least = null;
        for (long axis = batch; axis < batch + length; axis++)
            if (n.Dim(0, axis) is { } size) least = Math.Min(least ?? size, size);
        Below(n, 1, least);
    }

    private static void Axes(DemandNode n, int input) =>
        n.NeedElements(input, Enumerable.Range(0, (int)Math.Min(n.Count(input) ?? 0, 64)).Select(i => (long)i));

    /// <summary>The sizes of the input as far as the target has as many; then the rest in one, or ones.</summary>
    private static IEnumerable<long> ReshapeTarget(DemandNode n)
    {
        if (n.Count(1) is not ({ } count and <= 64) || n.Dims(0) is not { } dims) return [];
        if (n.Node.Output(0)?.Shape is { IsStatic: true } shape && shape.Rank == count && shape.ElementCount == n.Count(0))
            return shape.Dims.Select(d => d.Size);
        return count >= dims.Length ? dims.Concat(Enumerable.Repeat(1L, (int)count - dims.Length)) : dims.Take((int)count - 1).Append(-1);
    }

    private static void Divide(DemandNode n)
    {
        if (!n.IsInteger(1)) return;
        n.Need(1, new Demand { Least = 1, Most = 4, IsNonZero = true });
        if (n.Known(1) is { Least: > 0 } by) n.Need(0, n.Output.Least * by.Most, (n.Output.Most * by.Least) + by.Least - 1);
    }

    /// <summary>From a start to a limit above it: a few numbers, unless the uses of the result allow fewer.</summary>
    private static void Range(DemandNode n)
    {
        long start = n.Known(0)?.Least ?? n.Output.Least ?? 0, delta = n.Known(2)?.Least ?? 1;
        long steps = n.Output.Most is { } most && delta > 0 ? Math.Clamp((most - start + 1) / delta, 1, 4) : 4;
        long limit = n.Known(1)?.Most ?? start + (delta * steps);
        if (n.Known(0) is null && n.Known(1) is not null) start = limit - (delta * steps);
        n.Need(0, start, start);
        n.Need(1, limit, limit);
        n.Need(2, start < limit ? 1 : -1, start < limit ? 1 : -1);
    }

    private static void Slice(DemandNode n)
    {
        long most = n.Dims(0) is { Length: > 0 } dims ? Math.Max(1, dims.Min()) : 1;
        n.Need(1, 0, 0);
        n.Need(2, most, most);
        Axes(n, 3);
        n.Need(4, 1, 1);
        PassOn(n);
    }

    /// <summary>Equal parts; the last has the rest.</summary>
    private static void Split(DemandNode n)
    {
        if (n.Count(1) is { } parts and > 0 && n.Dim(0, Axis(n)) is { } size)
            n.NeedElements(1, Enumerable.Repeat(size / parts, (int)parts - 1).Append(size - ((parts - 1) * (size / parts))));
        n.Need(0, n.Output with { Elements = default });
    }

    private static void Compare(DemandNode n)
    {
        for (int i = 0; i < 2; i++)
            if (n.Known(1 - i) is { } other && other.Least == other.Most) n.Need(i, new Demand { Compared = [other.Least] });
    }

    /// <summary>Of two numbers that nothing is known of, neither is negative and each takes half of the room.</summary>
    private static void Sum(DemandNode n)
    {
        Demand sum = n.Output;
        for (int i = 0; i < 2; i++)
            if (n.Known(1 - i) is { } other) n.Need(i, sum.Least - other.Least, sum.Most - other.Most);
            else n.Need(i, sum.Least is null && sum.Most is null ? null : Math.Min(0, sum.Least ?? 0), sum.Most / 2);
    }

    private static void Difference(DemandNode n)
    {
        if (n.Known(1) is { } by) n.Need(0, n.Output.Least + by.Most, n.Output.Most + by.Least);
        else if (n.Known(0) is { } from) n.Need(1, from.Most - n.Output.Most, from.Least - n.Output.Least);
        else n.Need(0, n.Output.Least, n.Output.Most);
    }

    private static void Product(DemandNode n)
    {
        for (int i = 0; i < 2; i++)
            if (n.Known(1 - i) is { Least: > 0 } by)
                n.Need(i, n.Output.Least is { } least ? (least + by.Least - 1) / by.Least : null, n.Output.Most / by.Most);
    }
}
