namespace GraphPartition.Operators.Bounds;

/// <summary>What holds of a value in every run.</summary>
/// <param name="Sizes">The range of each dimension, null for one that nothing bounds; null as a whole where the rank is not known.</param>
/// <param name="Elements">
/// Of a tensor of at most <see cref="BuildScope.MaxElements"/> whole numbers the range of each, in row-major order, null for one that
/// nothing bounds; null as a whole where not even their number is known.
/// </param>
/// <param name="Numbers">What holds of every element.</param>
public sealed record ValueBounds(
    IReadOnlyList<IntegerRange?>? Sizes, IReadOnlyList<IntegerRange?>? Elements = null, NumberFact Numbers = default)
{
    /// <summary>A value of which nothing is known.</summary>
    public static ValueBounds Unknown { get; } = new(Sizes: null);

    /// <summary>A number as an element of a value (<see cref="Value.Elements"/>).</summary>
    public static Dim Element(long number) => DimMath.Of(number);

    /// <summary>What holds of a value that is one or the other.</summary>
    public ValueBounds Or(ValueBounds other) =>
        new(Or(Sizes, other.Sizes), Or(Elements, other.Elements), Numbers.Or(other.Numbers));

    /// <summary>This, without the parts that <paramref name="next"/> changes: what keeps changing has no bound.</summary>
    public ValueBounds Keep(ValueBounds next) => new(
        Keep(Sizes, next.Sizes), Keep(Elements, next.Elements), Numbers == next.Numbers ? Numbers : default);

    /// <summary>Whether both say the same.</summary>
    public bool Says(ValueBounds other) => Same(Sizes, other.Sizes) && Same(Elements, other.Elements) && Numbers == other.Numbers;

    private static IReadOnlyList<IntegerRange?>? Or(IReadOnlyList<IntegerRange?>? a, IReadOnlyList<IntegerRange?>? b) =>
        a is null || b is null || a.Count != b.Count ? null
            : [.. a.Zip(b, (x, y) => x is { } p && y is { } q ? p.Or(q) : default(IntegerRange?))];

    private static IReadOnlyList<IntegerRange?>? Keep(IReadOnlyList<IntegerRange?>? a, IReadOnlyList<IntegerRange?>? b) =>
        a is null || b is null || a.Count != b.Count ? null : [.. a.Zip(b, (x, y) => x == y ? x : null)];

    private static bool Same(IReadOnlyList<IntegerRange?>? a, IReadOnlyList<IntegerRange?>? b) =>
        a is null ? b is null : b is not null && a.SequenceEqual(b);
}
