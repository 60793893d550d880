namespace GraphPartition.Operators.Inference;

/// <summary>What is proved about a tensor's elements.</summary>
/// <param name="Range">All are whole numbers in this range; null: not known.</param>
/// <param name="IsSingle">A 32-bit float holds each exactly.</param>
public readonly record struct NumberFact(IntegerRange? Range, bool IsSingle)
{
    private static readonly IntegerRange Singles = new(-(1L << 24), 1L << 24);

    /// <summary>Whole numbers in a range.</summary>
    public static NumberFact In(IntegerRange? range) => new(range, range?.IsWithin(Singles) == true);

    /// <summary>What holds for numbers from either tensor.</summary>
    public NumberFact Or(NumberFact other) => new(Range is { } a && other.Range is { } b ? a.Or(b) : null, IsSingle && other.IsSingle);
}
