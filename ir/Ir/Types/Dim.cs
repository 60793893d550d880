using System.Globalization;

namespace GraphPartition.Ir.Types;

/// <summary>One dimension of a shape: a known number, a named symbol (equal names are equal numbers), or unknown.</summary>
public readonly record struct Dim
{
    private readonly long _size; // the complement of a known size, which is negative, so that default(Dim) is unknown

    private Dim(long size, string? symbol) => (_size, Symbol) = (size, symbol);

    /// <summary>The dimension about which nothing is known.</summary>
    public static Dim Unknown => default;

    /// <summary>A dimension of <paramref name="size"/> elements (at least 0).</summary>
    public static Dim Known(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return new(~size, null);
    }

    /// <summary>A dimension with a name; an empty name gives <see cref="Unknown"/>.</summary>
    public static Dim Named(string symbol) => string.IsNullOrEmpty(symbol) ? default : new(0, symbol);

    /// <summary>The symbol's name, or null.</summary>
    public string? Symbol { get; }

    /// <summary>Whether the number is known.</summary>
    public bool IsKnown => _size < 0;

    /// <summary>Whether neither number nor name is known.</summary>
    public bool IsUnknown => _size == 0 && Symbol is null;

    /// <summary>The number. Throws <see cref="InvalidOperationException"/> where it is not known.</summary>
    public long Size => IsKnown ? ~_size : throw new InvalidOperationException("the dimension is not a known number");

    /// <summary>Whether the number is known and equals <paramref name="size"/>.</summary>
    public bool Is(long size) => IsKnown && ~_size == size;

    /// <summary>The more informative of two descriptions of one dimension: a number before a symbol before unknown.</summary>
    public static Dim Merge(Dim a, Dim b) => a.IsKnown ? a : b.IsKnown ? b : a.IsUnknown ? b : a;

    /// <summary>A known dimension converts from its number.</summary>
    public static implicit operator Dim(long size) => Known(size);

    /// <summary>A symbol converts from its name.</summary>
    public static implicit operator Dim(string symbol) => Named(symbol);

    /// <inheritdoc/>
    public override string ToString() => IsKnown ? Size.ToString(CultureInfo.InvariantCulture) : Symbol ?? "?";
}
