using System.Globalization;

namespace GraphPartition.Operators.Inference;

/// <summary>
/// Arithmetic on dimensions and on elements of shape tensors. Numbers compute; symbols give symbols named after the
/// expression (<c>past+1</c>), so that equal computations give equal dimensions; what is too long to name is unknown.
/// </summary>
/// <remarks>
/// A negative element, such as the -1 of Reshape, is a symbol whose name is the number: a <see cref="Dim"/> holds none. So is
/// the largest number, which slices use as "the end".
/// </remarks>
internal static class DimMath
{
    private const int LongestName = 96;

    /// <summary>An element of this value.</summary>
    public static Dim Of(long number) =>
        number is >= 0 and < long.MaxValue ? Dim.Known(number) : Dim.Named(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A dimension of this size; unknown where no dimension can have it.</summary>
    public static Dim Size(long size) => size is >= 0 and < long.MaxValue ? Dim.Known(size) : Dim.Unknown;

    /// <summary>The number that an element is, or null.</summary>
    public static long? Number(Dim d) =>
        d.IsKnown ? d.Size
        : d.Symbol is ['-' or >= '0' and <= '9', ..] && long.TryParse(d.Symbol, CultureInfo.InvariantCulture, out long n) ? n : null;

    /// <summary>The dimension of an element's size; unknown where it is negative.</summary>
    public static Dim AsDim(Dim element) => Number(element) is { } n ? Size(n) : element;

    /// <summary>a + b.</summary>
    public static Dim Add(Dim a, Dim b) => Compute(a, b, (x, y) => checked(x + y), (x, y) => x.Plus(y));

    /// <summary>a - b.</summary>
    public static Dim Sub(Dim a, Dim b) => Compute(a, b, (x, y) => checked(x - y), (x, y) => x.Plus(y, -1));

    /// <summary>a * b.</summary>
    public static Dim Mul(Dim a, Dim b) =>
        a.Is(0) || b.Is(0) ? 0 : Compute(a, b, (x, y) => checked(x * y), (x, y) => x.Times(y));

    /// <summary>a / b, towards zero as integers divide; of symbols, which are not negative, rounded down.</summary>
    public static Dim Div(Dim a, Dim b) =>
        b.Is(0) ? Dim.Unknown : Compute(a, b, (x, y) => x / y, (x, y) => x.DividedBy(y));

    /// <summary>a / b rounded up, for b above 0.</summary>
    public static Dim CeilDiv(Dim a, long b) => Div(Add(a, b - 1), b);

    /// <summary>a mod b where both are numbers; 0 where b divides a by sight.</summary>
    public static Dim Mod(Dim a, Dim b)
    {
        if (b.Is(1)) return 0;
        if (Number(a) is { } x && Number(b) is { } y && y != 0) return Of(((x % y) + y) % y);
        return Dim.Unknown;
    }

    /// <summary>The smaller one; of a symbol and another dimension a term <c>min(a|b)</c>.</summary>
    public static Dim Min(Dim a, Dim b)
    {
        if (a == b) return a;
        if (Number(a) is { } x && Number(b) is { } y) return Of(Math.Min(x, y));
        if (a.IsUnknown || b.IsUnknown || Number(a) < 0 || Number(b) < 0) return Dim.Unknown;
        if (a.Is(0) || b.Is(0)) return MayBeNegative(a.Is(0) ? b : a) ? Dim.Unknown : 0;
        (string first, string second) = (a.ToString(), b.ToString());
        if (string.CompareOrdinal(first, second) > 0) (first, second) = (second, first);
        return first.Length + second.Length < LongestName ? Dim.Named($"min({first}|{second})") : Dim.Unknown;
    }

    /// <summary>Whether <paramref name="a"/> is a smaller one of <paramref name="b"/> and something else.</summary>
    public static bool IsMinOf(Dim a, Dim b) =>
        a.Symbol is { } name && name.StartsWith("min(", StringComparison.Ordinal)
        && (name.StartsWith($"min({b}|", StringComparison.Ordinal) || name.EndsWith($"|{b})", StringComparison.Ordinal));

    /// <summary>The larger one; a symbol is not negative.</summary>
    public static Dim Max(Dim a, Dim b) =>
        Number(a) is { } x && Number(b) is { } y ? Of(Math.Max(x, y))
        : a == b ? a
        : Number(b) <= 0 && !MayBeNegative(a) ? a
        : Number(a) <= 0 && !MayBeNegative(b) ? b : Dim.Unknown;

    /// <summary>The absolute value; unknown where the sign is.</summary>
    public static Dim Abs(Dim a) => Number(a) is { } x ? Of(Math.Abs(x)) : MayBeNegative(a) ? Dim.Unknown : a;

    /// <summary>Whether an element may be below 0: no symbol is, but a sum may be.</summary>
    private static bool MayBeNegative(Dim d) => Number(d) is { } n ? n < 0
        : !d.IsUnknown && LinearForm.Parse(d.Symbol!).RangeOf(_ => new(0, int.MaxValue)) is not { Least: >= 0 };

    /// <summary>1 where both are equal, 0 where they differ, else unknown. A symbol is not negative.</summary>
    public static Dim Equal(Dim a, Dim b) =>
        Number(a) is { } x && Number(b) is { } y ? (x == y ? 1 : 0)
        : a == b && !a.IsUnknown ? 1
        : (Number(a) < 0 || Number(b) < 0) && !(a.IsUnknown || b.IsUnknown) ? 0 : Dim.Unknown;

    /// <summary>The product of dimensions.</summary>
    public static Dim Product(ReadOnlySpan<Dim> dims)
    {
        Dim product = 1;
        foreach (Dim d in dims) product = Mul(product, d);
        return product;
    }

    private static Dim Compute(
        Dim a, Dim b, Func<long, long, long> numbers, Func<LinearForm, LinearForm, LinearForm?> symbols)
    {
        if (a.IsUnknown || b.IsUnknown) return Dim.Unknown;
        try
        {
            if (Number(a) is { } x && Number(b) is { } y) return Of(numbers(x, y));
            LinearForm? result = symbols(Form(a), Form(b));
            if (result is null) return Dim.Unknown;
            if (result.Constant is { } constant) return Of(constant);
            string name = result.ToString();
            return name.Length <= LongestName ? Dim.Named(name) : Dim.Unknown;
        }
        catch (OverflowException)
        {
            return Dim.Unknown; // no tensor has such a dimension; the executor fails
        }
    }

    private static LinearForm Form(Dim d) => Number(d) is { } n ? LinearForm.Of(n) : LinearForm.Parse(d.Symbol!);
}
