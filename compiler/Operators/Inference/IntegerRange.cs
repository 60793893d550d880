namespace GraphPartition.Operators.Inference;

/// <summary>Whole numbers from <paramref name="Least"/> to <paramref name="Most"/>, both included.</summary>
public readonly record struct IntegerRange(long Least, long Most)
{
    /// <summary>All numbers of a signed type of that many bits.</summary>
    public static IntegerRange Signed(int bits) => new(long.MinValue >> (64 - bits), long.MaxValue >> (64 - bits));

    /// <summary>0 to 2^bits - 1.</summary>
    public static IntegerRange Unsigned(int bits) => new(0, (1L << bits) - 1);

    /// <summary>Whether every number of this range is one of the other.</summary>
    public bool IsWithin(IntegerRange other) => Least >= other.Least && Most <= other.Most;

    /// <summary>The smallest range that contains both.</summary>
    public IntegerRange Or(IntegerRange other) => new(Math.Min(Least, other.Least), Math.Max(Most, other.Most));

    /// <summary>Sums of a number of each.</summary>
    /// <returns>The range, or null where a sum may need more than 64 bits; so for the other operations.</returns>
    public IntegerRange? Plus(IntegerRange other) => Of((Int128)Least + other.Least, (Int128)Most + other.Most);

    /// <summary>The negated numbers.</summary>
    public IntegerRange? Negated() => Of(-(Int128)Most, -(Int128)Least);

    /// <summary>Products of a number of each.</summary>
    public IntegerRange? Times(IntegerRange other)
    {
        (Int128 a, Int128 b) = ((Int128)Least * other.Least, (Int128)Least * other.Most);
        (Int128 c, Int128 d) = ((Int128)Most * other.Least, (Int128)Most * other.Most);
        return Of(Int128.Min(Int128.Min(a, b), Int128.Min(c, d)), Int128.Max(Int128.Max(a, b), Int128.Max(c, d)));
    }

    /// <summary>The absolute values.</summary>
    public IntegerRange? Absolute() =>
        Of(Least <= 0 && Most >= 0 ? 0 : Int128.Min(Int128.Abs(Least), Int128.Abs(Most)), Int128.Max(Int128.Abs(Least), Int128.Abs(Most)));

    private static IntegerRange? Of(Int128 least, Int128 most) =>
        least >= long.MinValue && most <= long.MaxValue ? new((long)least, (long)most) : null;
}
