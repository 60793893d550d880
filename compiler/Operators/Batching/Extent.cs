using System.Globalization;

namespace GraphPartition.Operators.Batching;

/// <summary>
/// A size as a product: a number, symbols, and the size of the batch to some power. Products are all that a proof needs: a size is
/// the batch's where the power is 1, and whole samples stay together where one product divides another.
/// </summary>
/// <param name="Number">The number.</param>
/// <param name="Batches">The power of the size of the batch.</param>
/// <param name="Symbols">The symbols, sorted, one a line; a symbol may stand twice.</param>
public readonly record struct Extent(long Number, int Batches, string Symbols)
{
    private const string FreshPrefix = "?";

    /// <summary>1.</summary>
    public static Extent One { get; } = new(1, 0, "");

    /// <summary>The size of the batch.</summary>
    public static Extent Batch { get; } = new(1, 1, "");

    /// <summary>A number.</summary>
    public static implicit operator Extent(long number) => new(number, 0, "");

    /// <summary>A size with a name.</summary>
    public static Extent Of(string symbol) => new(1, 0, symbol);

    /// <summary>A size of which nothing is known but that it is the same for every batch.</summary>
    /// <param name="number">Tells it from all others.</param>
    public static Extent Fresh(int number) => Of(FreshPrefix + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether nothing is known of a factor of it (<see cref="Fresh"/>).</summary>
    public bool IsFresh => Symbols.Contains(FreshPrefix, StringComparison.Ordinal);

    /// <summary>Whether it is the size of the batch, or a multiple of it.</summary>
    public bool HasBatch => Batches > 0;

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => Batches == 0 && Symbols.Length == 0;

    /// <summary>Whether it is this number.</summary>
    public bool Is(long number) => IsNumber && Number == number;

    /// <summary>The product; null where the number is too large.</summary>
    public static Extent? Multiply(Extent a, Extent b)
    {
        Int128 number = (Int128)a.Number * b.Number;
        if (number > long.MaxValue || number < long.MinValue) return null;
        if (number == 0) return 0;
        return new((long)number, a.Batches + b.Batches, string.Join('\n', Lines(a).Concat(Lines(b)).Order(StringComparer.Ordinal)));
    }

    /// <summary>The product of all; null where the number is too large.</summary>
    public static Extent? Product(IEnumerable<Extent> factors) =>
        factors.Aggregate((Extent?)One, (product, factor) => product is { } p ? Multiply(p, factor) : null);

    /// <summary>The quotient where it is whole whatever the symbols stand for; else null.</summary>
    public static Extent? Divide(Extent a, Extent b)
    {
        if (b.Number == 0 || a.Number % b.Number != 0 || a.Batches < b.Batches) return null;
        List<string> left = [.. Lines(a)];
        foreach (string symbol in Lines(b))
            if (!left.Remove(symbol)) return null;
        return new(a.Number / b.Number, a.Batches - b.Batches, string.Join('\n', left));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('*',
        Lines(this).Prepend(Number.ToString(CultureInfo.InvariantCulture)).Concat(Enumerable.Repeat("batch", Batches)));

    private static string[] Lines(Extent e) => e.Symbols.Length == 0 ? [] : e.Symbols.Split('\n');
}
