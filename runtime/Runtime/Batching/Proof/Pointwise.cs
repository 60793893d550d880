namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Operators that compute each element from the elements at the same place, all inputs broadcast together.</summary>
internal static class Pointwise
{
    public static IEnumerable<BatchRule> Rules =>
    [
        .. BatchRule.Of(Broadcast,
            "Abs", "Acos", "Acosh", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseAnd", "BitwiseNot",
            "BitwiseOr", "BitwiseXor", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu",
            "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Less",
            "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Neg", "Not", "Or", "PRelu", "Pow",
            "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign",
            "Sqrt", "StringConcat", "Sum", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Xor"),
        .. BatchRule.In("com.microsoft", Broadcast, "BiasGelu", "FastGelu", "Gelu", "QuickGelu"),
        .. BatchRule.In("ai.onnx.ml", n => n.In(0), "LabelEncoder", "Binarizer"),
        .. BatchRule.Sized(n => n.In(0), "Identity"),
        .. BatchRule.Sized(Cast, "Cast"),
        .. BatchRule.Of(n => n.In(0), "CastLike"), // of the second input only the type counts
        new("Dropout", Dropout),
        .. Arithmetic("Add", Add),
        .. Arithmetic("Sub", (a, b) => a == b ? 0 : b.Is(0) ? a : a.IsNumber && b.IsNumber ? a.Number - b.Number : null),
        .. Arithmetic("Mul", Extent.Multiply),
        .. Arithmetic("Div", Extent.Divide),
        .. Arithmetic("Equal", Equal),
        .. BatchRule.Sized(Where, "Where"),
    ];

    /// <summary>The result has rows where any input has; all others must be the same for every row.</summary>
    public static BatchAnswer Broadcast(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows) && inputs.Any(f => f.Rank < 0)) return BatchFact.Fixed();
        int rank = inputs.Max(f => f.Rank);
        int axis = inputs.FirstOrDefault(f => f.HasRows) is { } rows ? rows.Axis + rank - rows.Rank : -1;
        foreach (BatchFact input in inputs)
            if (BatchNode.WhyNotAligned(input, axis, rank) is { } reason) return reason;
        return BatchFact.Of(axis, n.Broadcast(inputs, rank));
    }

    /// <summary>Sizes are whole numbers in every type that holds them.</summary>
    private static BatchAnswer Cast(BatchNode n)
    {
        var type = (ElementType)n.Attributes.Int("to");
        bool holdsSizes = type is ElementType.Int64 or ElementType.Int32 or ElementType.Float32 or ElementType.Float64;
        return holdsSizes ? n.In(0) : n.In(0).CountsRows ? "it computes with the size of the batch" : n.In(0).Computed;
    }

    /// <summary>Without training it hands its input on, and its mask is true everywhere.</summary>
    private static BatchAnswer Dropout(BatchNode n)
    {
        if (n.Has(2) && n.In(2).Only?.Is(0) != true) return "it draws random numbers in training";
        return BatchAnswer.Of(n.In(0), n.In(0));
    }

    /// <summary>An operator that also computes with sizes.</summary>
    private static IEnumerable<BatchRule> Arithmetic(string op, Func<Extent, Extent, Extent?> compute) => BatchRule.Sized(n =>
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(1));
        if (Zip(a, b, compute) is { } sizes) return sizes;
        return a.CountsRows || b.CountsRows ? "it computes with the size of the batch" : Broadcast(n);
    }, op);

    private static BatchFact? Zip(BatchFact a, BatchFact b, Func<Extent, Extent, Extent?> compute)
    {
        if (a.Elements.IsDefaultOrEmpty || b.Elements.IsDefaultOrEmpty) return null;
        int length = Math.Max(a.Elements.Length, b.Elements.Length);
        if (Math.Min(a.Elements.Length, b.Elements.Length) is var shorter && shorter != 1 && shorter != length) return null;
        var result = ImmutableArray.CreateBuilder<Extent>(length);
        for (int i = 0; i < length; i++)
        {
            if (compute(At(a, i), At(b, i)) is not { } element) return null;
            result.Add(element);
        }
        return BatchFact.Sizes(result.ToImmutable(), isScalar: a.Rank == 0 && b.Rank == 0);
    }

    private static Extent At(BatchFact fact, int index) => fact.Elements[fact.Elements.Length == 1 ? 0 : index];

    private static Extent? Add(Extent a, Extent b) =>
        b.Is(0) ? a : a.Is(0) ? b
        : a.Batches == b.Batches && a.Symbols == b.Symbols && Math.Max(Math.Abs(a.Number), Math.Abs(b.Number)) <= int.MaxValue
            ? a with { Number = a.Number + b.Number }
        : null;

    /// <summary>A size is never negative; whether it equals a number that is not, only a run tells.</summary>
    private static Extent? Equal(Extent a, Extent b) =>
        a == b ? 1
        : (a.IsNumber && b.IsNumber) || a is { IsNumber: true, Number: < 0 } || b is { IsNumber: true, Number: < 0 } ? 0
        : null;

    private static BatchAnswer Where(BatchNode n)
    {
        (BatchFact condition, BatchFact yes, BatchFact no) = (n.In(0), n.In(1), n.In(2));
        if (!condition.CountsRows && !yes.CountsRows && !no.CountsRows) return Broadcast(n);
        if (Zip(yes, no, (a, _) => a) is { } first && Zip(no, yes, (a, _) => a) is { } second && condition.Numbers is { } choice
            && choice.Length == first.Elements.Length)
            return BatchFact.Sizes(
                [.. choice.Select((c, i) => c == 0 ? second.Elements[i] : first.Elements[i])], first.Rank == 0 && condition.Rank == 0);
        return "it computes with the size of the batch";
    }
}
