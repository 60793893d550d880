namespace GraphPartition.Operators.Batching;

/// <summary>Elementwise operators that also compute with sizes, as exporters use them to make shapes.</summary>
internal static class SizeArithmetic
{
    /// <summary>An operator of two inputs.</summary>
    /// <param name="compute">What it computes of two sizes; null where that is not a size.</param>
    public static BatchRule OnSizes(Func<Extent, Extent, Extent?> compute) => n =>
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(1));
        if (Zip(a, b, compute) is { } sizes) return sizes;
        return a.CountsRows || b.CountsRows ? "it computes with the size of the batch" : BatchRules.Broadcast(n);
    };

    /// <summary>The sum; null where it is not a product of one power of the batch.</summary>
    public static Extent? Add(Extent a, Extent b) =>
        b.Is(0) ? a : a.Is(0) ? b
        : a.Batches == b.Batches && a.Symbols == b.Symbols && Math.Max(Math.Abs(a.Number), Math.Abs(b.Number)) <= int.MaxValue
            ? a with { Number = a.Number + b.Number }
        : null;

    /// <summary>A size is never negative; whether it equals a number that is not, only a run tells.</summary>
    public static Extent? Equal(Extent a, Extent b) =>
        a == b ? 1
        : (a.IsNumber && b.IsNumber) || a is { IsNumber: true, Number: < 0 } || b is { IsNumber: true, Number: < 0 } ? 0
        : null;

    /// <summary>Where: a condition chooses between two vectors of sizes.</summary>
    public static BatchAnswer Choose(BatchNode n)
    {
        (BatchFact condition, BatchFact yes, BatchFact no) = (n.In(0), n.In(1), n.In(2));
        if (!condition.CountsRows && !yes.CountsRows && !no.CountsRows) return BatchRules.Broadcast(n);
        if (Zip(yes, no, (a, _) => a) is { } first && Zip(no, yes, (a, _) => a) is { } second && condition.Numbers is { } choice
            && choice.Length == first.Elements.Length)
            return BatchFact.Sizes(
                [.. choice.Select((c, i) => c == 0 ? second.Elements[i] : first.Elements[i])], first.Rank == 0 && condition.Rank == 0);
        return "it computes with the size of the batch";
    }

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
}
