using static GraphPartition.Operators.Batching.SizeArithmetic;

namespace GraphPartition.Operators.Families;

/// <summary>Operators that compute each element from the elements at the same place.</summary>
internal static class Elementwise
{
    private static readonly LowPrecision
        Exact = LowPrecision.Follows with { ExactInputs = [0, 1] },
        ExpInside = LowPrecision.NotNarrow("exp(x) inside it is too large for it from x = 11.1 on");

    private static readonly OperatorDefinition
        Plain = Pure with { Types = SameAsFirst, Sizes = SizeRules.Elementwise },
        Mapped = Plain with { Rows = BatchRules.Broadcast, OrtCuda = OnDevice },
        Simple = Mapped with { Work = Work.Simple, LowPrecision = LowPrecision.Follows },
        Hard = Mapped with { Work = Work.Hard },
        Joining = Simple with { Types = Broadcast },
        AnyNumber = Joining with { Identity = OfOne },
        Extreme = AnyNumber with { LowPrecision = Exact },
        Logic = Joining with { Opsets = [new(7, AlignedBroadcast)] },
        Arithmetic = Logic with { TakesSizes = true, MindSpore = new(Refusal: Two) },
        Comparing = Simple with { ReadsNumbers = true, LowPrecision = Exact };

    public static OperatorFamily Family => new()
    {
        ["Cos Log Sin"] = Hard with { MindSpore = Same },
        ["Acos Acosh Asin Asinh Atan Cosh Sinh Tan"] = Hard with { MindSpore = Same, OrtCuda = null },
        ["Exp"] = Hard with { MindSpore = Same, LowPrecision = new() { RangeRisk = "exp(x) is too large for it from x = 11.1 on" } },
        ["Sqrt"] = Hard with { MindSpore = Same, LowPrecision = LowPrecision.Follows },
        ["Atanh"] = Hard with { OrtCuda = null },
        ["SwiGLU"] = Hard with { Types = Broadcast, Rows = BatchRules.Broadcast, Body = ActivationBodies.SwiGlu },
        ["Swish"] = Hard with { LowPrecision = LowPrecision.Follows, Body = ActivationBodies.Swish(1) },
        ["Elu Sigmoid Softsign Tanh"] = Hard with { LowPrecision = LowPrecision.Follows, IsActivation = true, MindSpore = Same },
        ["Erf Selu"] = Hard with { LowPrecision = LowPrecision.Follows, IsActivation = true },
        ["Softplus"] = Hard with { LowPrecision = ExpInside, IsActivation = true },
        ["Celu"] = Hard with { LowPrecision = LowPrecision.Follows, IsActivation = true, Body = ActivationBodies.Celu },
        ["Mish"] = Hard with { LowPrecision = ExpInside, IsActivation = true, Body = ActivationBodies.Mish },
        ["Gelu"] = Hard with
        {
            LowPrecision = LowPrecision.Follows,
            IsActivation = true,
            Body = ActivationBodies.Gelu,
            MindSpore = new("GeLU",
                n => n.Attributes.Text("approximate") == "tanh" ? null : "its GeLU is the tanh form, and it has no Erf"),
        },
        ["Shrink ThresholdedRelu"] = Simple,
        ["BitwiseNot"] = Simple with { OrtCuda = null },
        ["PRelu"] = Simple with { Types = Broadcast, Opsets = [new(7, SlopePerChannel)] },
        ["IsInf IsNaN"] = Comparing,
        ["Reciprocal"] = Simple with
        {
            MindSpore = Same,
            LowPrecision = new() { RangeRisk = "1 / x is too large for it below x = 1.5e-5", Divisor = 0 },
        },
        ["Sign"] = Simple with { Range = Ranges.Within(-1, 1) },
        ["LeakyRelu"] = Simple with { IsActivation = true, MindSpore = new("Mul Maximum") },
        ["HardSwish"] = Simple with { IsActivation = true, Body = ActivationBodies.HardSwish, MindSpore = new("HSwish") },
        ["HardSigmoid"] = Simple with
        {
            IsActivation = true,
            MindSpore = new("HSigmoid",
                n => MathF.Abs(n.Attributes.Float("alpha", 0.2f) - 1f / 6) < 1e-6f ? null : "its HSigmoid has a slope of 1/6"),
        },
        ["Relu"] = Simple with
        {
            Types = n => Unary(n, e => DimMath.Max(e, 0)),
            Range = (_, _, x) => x(0).Or(NumberFact.In(new(0, 0))),
            IsActivation = true,
            MindSpore = new("ReLU"),
        },
        ["Clip"] = Simple with
        {
            Range = Clipped,
            Identity = (n, opset) => opset >= 11 && n.Input(1) is null && n.Input(2) is null ? 0 : -1,
            Opsets = [new(11, LimitsToInputs)],
            OrtCuda = ReadsSizes,
            MindSpore = new("ReLU6 Maximum Minimum", Known(1, 2)),
            LowPrecision = LowPrecision.Follows with { ExactInputs = [1, 2] },
        },
        ["Abs"] = Simple with
        {
            Types = n => Unary(n, DimMath.Abs),
            Range = Ranges.OfOne(r => r.Absolute()),
            MindSpore = Same,
        },
        ["Neg"] = Simple with { Types = n => Unary(n, e => DimMath.Sub(0, e)), Range = Ranges.OfOne(r => r.Negated()), MindSpore = Same },
        ["Not"] = Simple with { Types = n => Unary(n, e => DimMath.Equal(e, 0)) },
        ["Ceil Floor"] = Simple with { Types = Unchanged, Range = Ranges.OfInput(0), MindSpore = Same },
        ["Round"] = Simple with { Types = Unchanged, Range = Ranges.OfInput(0) },
        ["Identity"] = Mapped with
        {
            Types = Unchanged,
            Work = Work.View,
            MovesElements = true,
            Identity = (_, _) => 0,
            Rows = First,
            TakesSizes = true,
            MindSpore = new(""), // no kernel there either
        },
        ["Add"] = Arithmetic with
        {
            Types = n => Binary(n, DimMath.Add),
            Range = Ranges.OfBoth((a, b) => a.Plus(b)),
            Identity = Beside(0),
            Rows = OnSizes(Add),
        },
        ["Sub"] = Arithmetic with
        {
            Types = n => Binary(n, DimMath.Sub),
            Range = Ranges.OfBoth((a, b) => b.Negated() is { } minus ? a.Plus(minus) : null),
            Identity = Behind(0),
            Rows = OnSizes((a, b) => a == b ? 0 : b.Is(0) ? a : a.IsNumber && b.IsNumber ? a.Number - b.Number : null),
        },
        ["Mul"] = Arithmetic with
        {
            Types = n => Binary(n, DimMath.Mul),
            Range = Ranges.OfBoth((a, b) => a.Times(b)),
            Identity = Beside(1),
            Rows = OnSizes(Extent.Multiply),
        },
        ["Div"] = Arithmetic with
        {
            Types = n => Binary(n, IsInteger(n) ? DimMath.Div : ExactQuotient),
            LowPrecision = LowPrecision.Follows with { Divisor = 1, ExactInputs = [1] },
            Identity = Behind(1),
            Range = (n, _, x) => Ranges.IsFloat(n) ? default : Ranges.Both(x, (a, b) => a.Quotient(b)),
            Rows = OnSizes(Extent.Divide),
            MindSpore = new("RealDiv Div FloorDiv", Two),
        },
        ["Pow"] = Arithmetic with
        {
            TakesSizes = false,
            Work = Work.Hard,
            Identity = Behind(1),
            Body = MatrixBodies.Pow,
            LowPrecision = new() { RangeRisk = "powers leave its range soon: 256 squared is too large", ExactInputs = [1] },
        },
        ["Mod"] = Joining with
        {
            LowPrecision = null,
            Types = n => Binary(n, DimMath.Mod),
            Range = (n, _, x) => Ranges.IsFloat(n) ? default : Ranges.Both(x, (a, b) =>
                b.Least > 0 ? new(n.Attributes.Int("fmod") == 0 || a.Least >= 0 ? 0 : 1 - b.Most, b.Most - 1) : null),
        },
        ["Max"] = Extreme with { Types = n => Binary(n, DimMath.Max), Range = Ranges.Largest, MindSpore = new("Maximum", Two) },
        ["Min"] = Extreme with { Types = n => Binary(n, DimMath.Min), Range = Ranges.Smallest, MindSpore = new("Minimum", Two) },
        ["Sum"] = AnyNumber with { Types = n => Binary(n, DimMath.Add) },
        ["Mean"] = AnyNumber,
        ["BitShift BitwiseAnd BitwiseOr BitwiseXor"] = Joining with { OrtCuda = null },
        ["Xor"] = Logic,
        ["And"] = Logic with { Types = n => Binary(n, DimMath.Mul), Identity = Beside(1) },
        ["Or"] = Logic with { Types = n => Binary(n, DimMath.Max), Identity = Beside(0) },
        ["Equal"] = Logic with
        {
            Types = n => Binary(n, DimMath.Equal),
            ReadsNumbers = true,
            Rows = OnSizes(Equal),
            TakesSizes = true,
            LowPrecision = Exact,
        },
        ["Less"] = Logic with { LowPrecision = Exact, Types = n => Binary(n, (a, b) => Less(a, b, 0)), ReadsNumbers = true },
        ["Greater"] = Logic with { LowPrecision = Exact, Types = n => Binary(n, (a, b) => Less(b, a, 0)), ReadsNumbers = true },
        ["LessOrEqual"] = Comparing with { Types = n => Binary(n, (a, b) => Less(a, b, 1)) },
        ["GreaterOrEqual"] = Comparing with { Types = n => Binary(n, (a, b) => Less(b, a, 1)) },
        ["Where"] = Comparing with
        {
            Types = Where,
            Range = Ranges.OfAll(1),
            Rows = SizeArithmetic.Choose,
            TakesSizes = true,
            LowPrecision = LowPrecision.Follows,
        },
        ["StringConcat"] = Plain with { Types = Broadcast, Rows = BatchRules.Broadcast },
        ["ParametricSoftplus ScaledTanh"] = Plain,
    };

    /// <summary>The output has the shape of the first input.</summary>
    public static void SameAsFirst(NodeTyping n) => n.Set(0, n.Shape(0));

    /// <summary>All inputs broadcast together.</summary>
    public static void Broadcast(NodeTyping n) => n.Set(0, Broadcasting.OfInputs(n));

    /// <summary>The output is the input where that is whole numbers; an input that is not a tensor passes as it is.</summary>
    private static void Unchanged(NodeTyping n)
    {
        if (n.Node.Input(0) is not { } input) return;
        if (input.Type is TensorType) n.Set(0, input.Shape, n.AllElements(0));
        else n.SetType(0, input.Type);
    }

    private static void Unary(NodeTyping n, Func<Dim, Dim> fold)
    {
        ImmutableArray<Dim>? elements = n.Elements(0) is { } e ? [.. e.Select(fold)] : null;
        n.Set(0, n.Shape(0), elements);
    }

    private static void Binary(NodeTyping n, Func<Dim, Dim, Dim> fold)
    {
        Shape? shape = Broadcasting.OfInputs(n);
        n.Set(0, shape, NodeTyping.HoldsElements(shape) ? Fold(n, fold) : null);
    }

    /// <summary>Combines the elements of all inputs, a single one standing for as many as needed.</summary>
    private static ImmutableArray<Dim>? Fold(NodeTyping n, Func<Dim, Dim, Dim> fold)
    {
        ImmutableArray<Dim>? result = n.Elements(0);
        for (int i = 1; i < n.InputCount && result is { } a; i++)
            result = n.Elements(i) is { } b ? Zip(a, b, fold) : null;
        return result;
    }

    private static ImmutableArray<Dim>? Zip(ImmutableArray<Dim> a, ImmutableArray<Dim> b, Func<Dim, Dim, Dim> fold)
    {
        if (a.Length != b.Length && a.Length != 1 && b.Length != 1) return null;
        var result = new Dim[a.Length == 1 ? b.Length : a.Length];
        for (int i = 0; i < result.Length; i++) result[i] = fold(a[a.Length == 1 ? 0 : i], b[b.Length == 1 ? 0 : i]);
        return [.. result];
    }

    private static bool IsInteger(NodeTyping n) =>
        n.Element(0) is ElementType.Int64 or ElementType.Int32 or ElementType.Int16 or ElementType.Int8
            or ElementType.UInt64 or ElementType.UInt32 or ElementType.UInt16 or ElementType.UInt8;

    /// <summary>A quotient of floats is known only where it is whole.</summary>
    private static Dim ExactQuotient(Dim a, Dim b) =>
        DimMath.Number(a) is { } x && DimMath.Number(b) is { } y && y != 0 && x % y == 0 ? DimMath.Of(x / y) : Dim.Unknown;

    /// <summary>1 where a is less than b + <paramref name="slack"/>, 0 where it is not, else unknown.</summary>
    private static Dim Less(Dim a, Dim b, long slack) =>
        DimMath.Number(a) is { } x && DimMath.Number(b) is { } y ? (x < y + slack ? 1 : 0) : Dim.Unknown;

    private static void Where(NodeTyping n)
    {
        Shape? shape = Broadcasting.OfInputs(n);
        n.Set(0, shape, NodeTyping.HoldsElements(shape) ? Choose(n) : null);
    }

    private static ImmutableArray<Dim>? Choose(NodeTyping n)
    {
        if (n.Elements(0) is not { } c || n.Elements(1) is not { } x || n.Elements(2) is not { } y) return null;
        int length = Math.Max(c.Length, Math.Max(x.Length, y.Length));
        if (c.IsEmpty || x.IsEmpty || y.IsEmpty) return null;
        var result = new Dim[length];
        for (int i = 0; i < length; i++)
        {
            Dim a = x[x.Length == 1 ? 0 : Math.Min(i, x.Length - 1)], b = y[y.Length == 1 ? 0 : Math.Min(i, y.Length - 1)];
            result[i] = DimMath.Number(c[c.Length == 1 ? 0 : Math.Min(i, c.Length - 1)]) switch
            {
                0 => b,
                { } => a,
                null => a == b ? a : Dim.Unknown,
            };
        }
        return [.. result];
    }

    /// <summary>Numbers out of the bounds become the bounds; a missing bound is that of the type.</summary>
    private static NumberFact Clipped(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact x = input(0), low = input(1), high = input(2);
        if (node.Input(1) is not null && node.Input(2) is not null && low.Range is { } a && high.Range is { } b
            && a.Least <= b.Most && !Ranges.IsFloat(node))
            return NumberFact.In(a.Or(b)); // the upper bound wins, so both are among the results
        return (node.Input(1) is null ? x : x.Or(low)).Or(node.Input(2) is null ? x : high);
    }

    /// <summary>Binary operators before opset 7: B broadcasts over A only if 'broadcast' is set, from dimension 'axis' on.</summary>
    private static string? AlignedBroadcast(NodeEdit edit)
    {
        bool broadcast = edit.Take("broadcast") is IntAttribute { Value: not 0 };
        if (edit.Take("axis") is not IntAttribute { Value: var axis } || !broadcast) return null; // aligned at the last dimension, as now
        if (edit.Shape(0)?.Rank is not { } rankA || edit.Shape(1)?.Rank is not { } rankB) return "'axis' needs known ranks";
        if (axis < 0) axis += rankA;
        long behind = rankA - axis - rankB;
        if (behind < 0) return $"'axis' is {axis}, the ranks are {rankA} and {rankB}";
        if (behind == 0) return null;
        // B's dimensions start at axis; ones behind them make numpy's alignment the same.
        long[] ones = [.. Enumerable.Range(rankB, (int)behind).Select(i => (long)i)];
        edit.SetInput(1, edit.Emit("Unsqueeze", [edit.Input(1), edit.Integers(ones)]));
        return null;
    }

    /// <summary>PRelu before opset 7: a slope of one dimension has a number for each channel, which is dimension 1.</summary>
    private static string? SlopePerChannel(NodeEdit edit)
    {
        if (edit.Shape(1) is { } slope && (slope.Rank != 1 || slope[0].Is(1))) return null;
        if (edit.Shape(0)?.Rank is not { } rank || edit.Shape(1) is null) return "its slope needs known ranks";
        if (rank > 2)
            edit.SetInput(1, edit.Emit("Unsqueeze", [edit.Input(1), edit.Integers([.. Enumerable.Range(1, rank - 2).Select(i => (long)i)])]));
        return null;
    }

    /// <summary>Clip before opset 11: its limits are attributes; the defaults are the ends of float32, which limit nothing.</summary>
    private static string? LimitsToInputs(NodeEdit edit)
    {
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        foreach ((string name, int input) in (ReadOnlySpan<(string, int)>)[("min", 1), ("max", 2)])
        {
            if (edit.Take(name) is not FloatAttribute { Value: var limit } || limit is float.MinValue or float.MaxValue) continue;
            if (NodeEdit.FloatScalar(element, limit) is not { } scalar) return $"'{name}' needs a known type of floats, it is {element.Keyword()}";
            edit.SetInput(input, edit.Constant(scalar));
        }
        return null;
    }
}
