namespace GraphPartition.Operators.Families;

/// <summary>
/// If, Loop and Scan. Bodies are typed when they are built, from the declared types of their inputs; here the types of the
/// node's inputs are added (<see cref="BodyTyping"/>), and their results become those of the node. Rows are followed through the
/// bodies: what decides how often or which way must be the same for every batch.
/// </summary>
internal static class ControlFlow
{
    private const int MostRounds = 8;

    public static OperatorFamily Family => new()
    {
        ["If"] = Pure with
        {
            Types = If,
            Sizes = BodySizes.If,
            Rows = If,
            TakesSizes = true,
            Work = Work.Of((n, inner) => n.Attributes.Bodies().Select(b => b.Nodes.Sum(inner)).DefaultIfEmpty().Max()),
        },
        ["Loop"] = Pure with
        {
            Types = Loop,
            Sizes = BodySizes.Repeat,
            Rows = Repeat,
            TakesSizes = true,
            Work = Work.Of((n, inner) => TripCount(n) * n.Attributes.Bodies().Sum(b => b.Nodes.Sum(inner))),
        },
        ["Scan"] = Pure with
        {
            Types = Scan,
            Sizes = BodySizes.Repeat,
            Rows = Repeat,
            TakesSizes = true,
            Opsets = [new(9, BatchedScan)],
            Work = Work.Of((n, inner) => Work.Size(n.Inputs.LastOrDefault(), 0) * n.Attributes.Bodies().Sum(b => b.Nodes.Sum(inner))),
        },
        [OrtDomain, "BeamSearch GreedySearch WhisperBeamSearch"] = Pure,
    };

    private static double TripCount(Node node) =>
        node.Input(0)?.Data is { ElementCount: 1, Element: ElementType.Int64 } trips ? Math.Max(0, trips.As<long>()[0]) : Work.AssumedSize;

    /// <summary>What holds whichever branch runs.</summary>
    private static void If(NodeTyping n)
    {
        if (n.Attributes.Body("then_branch") is not { } then || n.Attributes.Body("else_branch") is not { } other) return;
        if (then.Outputs.Length != n.OutputCount || other.Outputs.Length != n.OutputCount)
            n.Contradiction($"the branches give {then.Outputs.Length} and {other.Outputs.Length} values, the node {n.OutputCount}");
        for (int i = 0; i < n.OutputCount && i < then.Outputs.Length && i < other.Outputs.Length; i++)
            n.SetType(i, Either(then.Outputs[i].Type, other.Outputs[i].Type));
    }

    /// <summary>
    /// Body inputs: iteration, condition, carried values. Body outputs: condition, carried values, one element of each scan
    /// output, which the node stacks along a new first dimension. Its length is the trip count, unless the condition may end the
    /// loop early: then it is known at run time only.
    /// </summary>
    private static void Loop(NodeTyping n)
    {
        int carried = Math.Max(0, n.InputCount - 2);
        IrType[] fed = [IrType.Tensor(ElementType.Int64, Shape.Scalar), IrType.Tensor(ElementType.Bool, Shape.Scalar), .. TypesFrom(n, 2)];
        if (BodyTyping.Of(n, fed, firstState: 2, carried, firstOutput: 1) is not { } body) return;
        if (body.Outputs.Length != n.OutputCount + 1)
            n.Contradiction($"the body gives {body.Outputs.Length} values, expected {n.OutputCount + 1}");
        Dim length = n.Elements(0) is [var trips] && LoopForm.IsAlwaysTrue(n.Node.Input(1), body)
            ? DimMath.Number(trips) is { } number ? Math.Max(number, 0) : trips : default; // a size is not negative
        for (int i = 0; i < n.OutputCount && i + 1 < body.Outputs.Length; i++)
        {
            IrType type = body.Outputs[i + 1].Type;
            if (i >= carried) n.SetType(i, Stacked(type, 0, length = length.IsUnknown ? n.FreshSymbol() : length));
            else n.SetType(i, Carried(n.Node.Input(i + 2)?.Type ?? IrType.Unknown, type));
        }
    }

    /// <summary>
    /// Inputs: initial states, then the sequences to scan; the body sees one element of each. Outputs: final states, then the
    /// stacked results. Opset 8 has a first input of sequence lengths and a batch dimension; only its types are inferred.
    /// </summary>
    private static void Scan(NodeTyping n)
    {
        if (n.Attributes.Body("body") is not { } body) return;
        long scans = n.Int("num_scan_inputs");
        if (n.InputCount == body.Inputs.Length && scans >= 0 && scans <= n.InputCount)
            body = BodyTyping.Of(n,
                [.. TypesFrom(n, 0).Select((t, i) => i < n.InputCount - scans ? t : Sliced(n, t, i - (n.InputCount - (int)scans)))],
                firstState: 0, n.InputCount - (int)scans, firstOutput: 0)!;
        int states = body.Inputs.Length - (int)scans;
        bool isOldest = n.InputCount == body.Inputs.Length + 1;
        if (states < 0 || (n.InputCount != body.Inputs.Length && !isOldest))
        {
            n.Contradiction($"the body takes {body.Inputs.Length} values, the node gives {n.InputCount}");
            return;
        }
        ImmutableArray<long> from = n.Attributes.Ints("scan_input_axes"), to = n.Attributes.Ints("scan_output_axes");
        Dim length = Dim.Unknown;
        for (int i = states; i < n.InputCount && !isOldest; i++)
            if (n.Shape(i) is { Rank: > 0 } shape && n.Axis(At(from, i - states), shape.Rank) is { } axis)
                length = n.Same(length, shape[axis], "the lengths of all scanned inputs");
        for (int i = 0; i < n.OutputCount && i < body.Outputs.Length; i++)
        {
            IrType type = body.Outputs[i].Type;
            if (isOldest) n.SetType(i, type is TensorType t ? t with { Shape = null } : IrType.Unknown);
            else if (i < states) n.SetType(i, Carried(n.Node.Input(i)?.Type ?? IrType.Unknown, type));
            else n.SetType(i, Stacked(type, At(to, i - states), length));
        }
    }

    private static IEnumerable<IrType> TypesFrom(NodeTyping n, int first) =>
        Enumerable.Range(first, Math.Max(0, n.InputCount - first)).Select(i => n.Node.Input(i)?.Type ?? IrType.Unknown);

    /// <summary>One element of a scanned input.</summary>
    private static IrType Sliced(NodeTyping n, IrType type, int scan)
    {
        if (type is not TensorType { Shape: { Rank: > 0 } shape } t) return type is TensorType u ? u with { Shape = null } : IrType.Unknown;
        long axis = At(n.Attributes.Ints("scan_input_axes"), scan);
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank ? t with { Shape = new(shape.Dims.RemoveAt((int)axis)) } : t with { Shape = null };
    }

    private static long At(ImmutableArray<long> list, int index) => list.IsDefault || index >= list.Length ? 0 : list[index];

    private static IrType Stacked(IrType element, long axis, Dim length)
    {
        if (element is not TensorType t) return IrType.Unknown;
        if (t.Shape is not { } shape) return t;
        int rank = shape.Rank + 1, at = (int)(axis < 0 ? axis + rank : axis);
        return at < 0 || at >= rank ? t with { Shape = null } : t with { Shape = new(shape.Dims.Insert(at, length)) };
    }

    /// <summary>
    /// A carried value is the initial one when the body never runs, else the body's. A body may take an optional and give what
    /// is in it; then so does the node.
    /// </summary>
    private static IrType Carried(IrType initial, IrType body) =>
        initial is OptionalType optional && body is not (OptionalType or UnknownType) ? Carried(optional.Element, body)
        : initial is UnknownType ? Loosened(body) : body is UnknownType ? Loosened(initial) : Either(initial, body);

    /// <summary>The kind of value stays, the shape may not.</summary>
    private static IrType Loosened(IrType type) => type is TensorType t ? t with { Shape = null } : IrType.Unknown;

    /// <summary>What two types have in common: where they differ, nothing is known.</summary>
    internal static IrType Either(IrType a, IrType b)
    {
        if (a == b) return a;
        switch (a, b)
        {
            case (TensorType x, TensorType y):
                ElementType element = x.Element == y.Element ? x.Element : ElementType.Undefined;
                if (x.Shape is not { } s || y.Shape is not { } t || s.Rank != t.Rank) return new TensorType(element, null);
                var dims = new Dim[s.Rank];
                for (int i = 0; i < dims.Length; i++) dims[i] = s[i] == t[i] ? s[i] : Dim.Unknown;
                return new TensorType(element, new Shape(dims));
            case (SequenceType x, SequenceType y):
                return new SequenceType(Either(x.Element, y.Element));
            case (OptionalType x, OptionalType y):
                return new OptionalType(Either(x.Element, y.Element));
            case (OptionalType x, _) when b is not UnknownType:
                return new OptionalType(Either(x.Element, b));
            case (_, OptionalType y) when a is not UnknownType:
                return new OptionalType(Either(a, y.Element));
            default:
                return IrType.Unknown;
        }
    }

    /// <summary>
    /// Scan of opset 8 has a batch dimension in front of every input and output: it is a Scan over the batch whose body is the
    /// present Scan. Sequence lengths have no present form.
    /// </summary>
    private static string? BatchedScan(NodeEdit edit)
    {
        if (edit.Input(0) is not null) return "it has sequence lengths";
        if (edit.Attributes.Body("body") is null) return "it has no body";
        Value?[] inputs = [.. edit.Inputs.Skip(1)];
        GraphBuilder outer = edit.NewBody();
        outer.Name = "batch";
        var slices = new Value?[inputs.Length];
        for (int i = 0; i < slices.Length; i++) slices[i] = outer.Input($"batch_in{i}", WithoutFirst(inputs[i]?.Type));
        var outputs = new OutputSpec[edit.OutputCount];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = $"batch_out{i}";
        AttributeMap inner = edit.Attributes.With("directions", null);
        if (edit.Attributes["directions"] is { } directions) inner = inner.With("scan_input_directions", directions);
        Node scan = outer.Add("Scan", slices, outputs, inner);
        edit.Attributes = AttributeMap.Of(
            ("body", outer.Build([.. scan.Outputs.OfType<Value>()])), ("num_scan_inputs", inputs.Length));
        edit.SetInputs(inputs);
        return null;
    }

    private static IrType WithoutFirst(IrType? type) =>
        type is TensorType t ? t with { Shape = t.Shape is { Rank: > 0 } s ? new Shape(s.Dims.RemoveAt(0)) : null } : IrType.Unknown;

    private static BatchAnswer If(BatchNode n)
    {
        if (!n.In(0).IsFixed) return "its condition is one for all samples";
        BatchFact[]? joined = null;
        foreach (Graph body in n.Attributes.Bodies())
        {
            BatchAnswer answer = n.Walk.Follow(body, []);
            if (answer.Refusal is not null) return answer;
            joined = joined is null ? [.. answer.Facts] : Join(n, joined, [.. answer.Facts]);
            if (joined is null) return "its branches give rows along different axes";
        }
        return joined is null ? "it has no branches" : BatchAnswer.Of(joined);
    }

    private static BatchAnswer Repeat(BatchNode n)
    {
        if (LoopForm.TryOf(n.Node) is not { } form) return "its form is not known";
        if (form.Trips is { } trips && !n.Walk[trips].IsFixed) return "its number of trips is one for all samples";
        if (form.Condition is { } condition && !n.Walk[condition].IsFixed) return "its condition is one for all samples";
        List<BatchFact> first = form.IsLoop ? [BatchFact.Fixed([]), BatchFact.Fixed([])] : [];
        List<BatchFact> elements = [];
        foreach (ScannedInput scanned in form.Scanned)
        {
            BatchFact x = n.Walk[scanned.Sequence];
            if (x.CountsRows) return "it computes with the size of the batch";
            if (BatchNode.Axis(scanned.Axis, x.Rank) is not { } axis) return "its axis is not known";
            if (axis == x.Axis) return "it goes from sample to sample";
            elements.Add(BatchFact.Of(x.Axis > axis ? x.Axis - 1 : x.Axis, x.Dims.RemoveAt(axis)));
        }
        if (form.Initial.Any(v => n.Walk[v].CountsRows)) return "it computes with the size of the batch";
        BatchFact[] carried = [.. form.Initial.Select(v => n.Walk[v].Computed)];
        for (int round = 0; round < MostRounds; round++)
        {
            BatchAnswer answer = n.Walk.Follow(form.Body, [.. first, .. carried, .. elements]);
            if (answer.Refusal is { } refusal)
                return form.AlwaysGoesOn ? refusal : $"its condition may be one for all samples: {refusal}";
            if (form.IsLoop && !answer.Facts[0].IsFixed && !form.AlwaysGoesOn) return "its condition is one for all samples";
            BatchFact[] after = [.. answer.Facts.Skip(form.FirstCarriedOutput).Take(form.Carried)];
            if (Join(n, carried, after) is not { } joined) return "what it carries has rows along different axes";
            if (joined.Zip(carried).All(j => SameDims(j.First, j.Second))) return Results(n, form, carried, answer);
            carried = joined;
        }
        return "what it carries does not settle";
    }

    private static BatchAnswer Results(BatchNode n, LoopForm form, BatchFact[] carried, BatchAnswer body)
    {
        List<BatchFact> facts = [.. carried];
        for (int i = 0; i < form.Stacked.Length; i++)
        {
            BatchFact x = body.Facts[form.FirstStackedOutput + i];
            if (x.CountsRows) return "it computes with the size of the batch";
            if (BatchNode.Axis(form.Stacked[i].Axis, x.Rank + 1) is not { } axis || x.Rank < 0)
            {
                if (x.HasRows) return "its axis is not known";
                facts.Add(BatchFact.Fixed());
                continue;
            }
            int rows = x.HasRows && x.Axis >= axis ? x.Axis + 1 : x.Axis;
            facts.Add(BatchFact.Of(rows, x.Dims.Insert(axis, n.Fresh())));
        }
        return BatchAnswer.Of([.. facts]);
    }

    /// <summary>
    /// What holds of values of which a run takes one or the other; null where rows lie along different axes, or in one alone.
    /// </summary>
    private static BatchFact[]? Join(BatchNode n, BatchFact[] some, BatchFact[] others)
    {
        var joined = new BatchFact[Math.Min(some.Length, others.Length)];
        for (int i = 0; i < joined.Length; i++)
        {
            (BatchFact a, BatchFact b) = (some[i], others[i]);
            if (a.CountsRows || b.CountsRows || a.Axis != b.Axis || (a.HasRows && a.Rank != b.Rank)) return null;
            joined[i] = BatchFact.Of(a.Axis, a.Rank != b.Rank || a.Rank < 0 ? default : [.. a.Dims.Zip(b.Dims, Either)]);
        }
        return joined;

        Extent Either(Extent x, Extent y) => x == y ? x : x.HasBatch ? n.Fresh() with { Batches = 1 } : n.Fresh();
    }

    private static bool SameDims(BatchFact a, BatchFact b) =>
        a.Dims.IsDefault ? b.Dims.IsDefault
        : !b.Dims.IsDefault && a.Dims.Zip(b.Dims, (x, y) => x == y || (x.IsFresh && y.IsFresh)).All(same => same);
}
