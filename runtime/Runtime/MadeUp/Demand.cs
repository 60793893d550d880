namespace GraphPartition.Runtime.MadeUp;

/// <summary>What the uses of a value demand of its numbers, for made-up inputs.</summary>
internal sealed record Demand
{
    /// <summary>No use demands anything.</summary>
    public static Demand None { get; } = new();

    /// <summary>The least number that works; null: no bound is known.</summary>
    public long? Least { get; init; }

    /// <summary>The largest number that works; null: no bound is known.</summary>
    public long? Most { get; init; }

    /// <summary>Whether 0 does not work.</summary>
    public bool IsNonZero { get; init; }

    /// <summary>Numbers that the graph compares a scalar with, in the order of the nodes.</summary>
    public ImmutableArray<long> Compared { get; init; } = [];

    /// <summary>Elements that work together, for instance as the shape of a Reshape; default: none are known.</summary>
    public ImmutableArray<long> Elements { get; init; }

    /// <summary>Whether anything is demanded.</summary>
    public bool IsNone => Least is null && Most is null && !IsNonZero && Compared.IsEmpty && Elements.IsDefault;

    /// <summary>Numbers in a range.</summary>
    public static Demand In(long? least, long? most) => new() { Least = least, Most = most };

    /// <summary>What works for both uses; <paramref name="first"/> comes earlier in the graph.</summary>
    public static Demand Both(Demand first, Demand second) => first.IsNone ? second : second.IsNone ? first : new()
    {
        Least = first.Least is { } a && second.Least is { } b ? Math.Max(a, b) : first.Least ?? second.Least,
        Most = first.Most is { } c && second.Most is { } d ? Math.Min(c, d) : first.Most ?? second.Most,
        IsNonZero = first.IsNonZero || second.IsNonZero,
        Compared = [.. first.Compared, .. second.Compared],
        Elements = first.Elements.IsDefault ? second.Elements : first.Elements,
    };

    /// <summary>The range to draw from: within the bounds, and 0 or 1 (they are often masks) where there is none.</summary>
    public (long Least, long Most) Range
    {
        get
        {
            long least = Least ?? Math.Min(0, Most ?? 0), most = Math.Max(least, Most ?? least + 1);
            return IsNonZero && least <= 0 ? most > 0 ? (1, most) : (least, Math.Max(least, Math.Min(most, -1))) : (least, most);
        }
    }
}
