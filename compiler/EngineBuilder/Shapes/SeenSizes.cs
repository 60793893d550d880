using GraphPartition.Ir.Types;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>The hull of a list of sizes, or of elements of a shape, at the points so far. The first point is the optimum.</summary>
internal sealed class SeenSizes
{
    private readonly HashSet<int> _open = [];
    private long[]? _min, _opt, _max;
    private bool _differs;

    /// <summary>Adds the sizes at a point. A size that is not known there stays open.</summary>
    public void Add(IReadOnlyList<Dim>? dims, Func<string?, long?> sizeOf)
    {
        if (dims is null || (_opt is not null && _opt.Length != dims.Count))
        {
            _differs = true;
            return;
        }
        long[] sizes = new long[dims.Count];
        for (int i = 0; i < sizes.Length; i++)
            if (SizeOf(dims[i], sizeOf) is { } size) sizes[i] = size;
            else _open.Add(i);
        _opt ??= sizes;
        _min = _min is null ? [.. sizes] : [.. _min.Zip(sizes, Math.Min)];
        _max = _max is null ? [.. sizes] : [.. _max.Zip(sizes, Math.Max)];
    }

    /// <summary>The range of all.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="otherwise">The range of one that is open; null: it has none.</param>
    /// <returns>The range; null if one has none.</returns>
    public ShapeRange? Range(int count, Func<int, DimRange?> otherwise)
    {
        bool isKnown = !_differs && _opt?.Length == count;
        var sizes = new DimRange[count];
        for (int i = 0; i < count; i++)
        {
            if (isKnown && !_open.Contains(i)) sizes[i] = new(_min![i], _opt![i], _max![i]);
            else if (otherwise(i) is { } range) sizes[i] = range;
            else return null;
        }
        return new([.. sizes.Select(s => s.Min)], [.. sizes.Select(s => s.Opt)], [.. sizes.Select(s => s.Max)]);
    }

    /// <summary>A negative element is a symbol named by its number (<see cref="Value.Elements"/>).</summary>
    private static long? SizeOf(Dim dim, Func<string?, long?> sizeOf) =>
        dim.IsKnown ? dim.Size
        : long.TryParse(dim.Symbol, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : sizeOf(dim.Symbol);
}
