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

    /// <summary>Whether it is one number.</summary>
    public bool IsExact => Least == Most;

    /// <summary>The numbers that both contain; null where there is none.</summary>
    public IntegerRange? And(IntegerRange other) =>
        Math.Max(Least, other.Least) is var least && Math.Min(Most, other.Most) is var most && least <= most ? new(least, most) : null;

    /// <summary>The numbers, smaller ones than that raised to it.</summary>
    public IntegerRange AtLeast(long least) => new(Math.Max(Least, least), Math.Max(Most, least));

    /// <summary>The numbers, larger ones than that lowered to it.</summary>
    public IntegerRange AtMost(long most) => new(Math.Min(Least, most), Math.Min(Most, most));

    /// <summary>The quotients by a number above 0, whether rounded down or towards 0.</summary>
    public IntegerRange DividedBy(long divisor) => new(Least / divisor - (Least % divisor < 0 ? 1 : 0), Most / divisor);

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

    /// <summary>Quotients of a number of each, rounded towards 0; null where the divisor may be 0 or below.</summary>
    public IntegerRange? Quotient(IntegerRange divisor) => divisor.Least < 1 ? null
        : new(Math.Min(Least / divisor.Least, Least / divisor.Most), Math.Max(Most / divisor.Least, Most / divisor.Most));

    /// <summary>The absolute values.</summary>
    public IntegerRange? Absolute() =>
        Of(Least <= 0 && Most >= 0 ? 0 : Int128.Min(Int128.Abs(Least), Int128.Abs(Most)), Int128.Max(Int128.Abs(Least), Int128.Abs(Most)));

    private static IntegerRange? Of(Int128 least, Int128 most) =>
        least >= long.MinValue && most <= long.MaxValue ? new((long)least, (long)most) : null;
}
