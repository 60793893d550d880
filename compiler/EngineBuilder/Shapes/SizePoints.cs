namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// The combinations of free sizes at which shapes are computed. If there are few, all of them: then ranges are exact. If not, the
/// corners of the box, which are exact for all sizes that rise or fall with each free size (convolutions, pools, concatenations,
/// products, slices up to the end), and steps between them for the rest.
/// </summary>
internal static class SizePoints
{
    private const int AllUpTo = 256;
    private const int CornersUpTo = 6; // sizes; 64 corners
    private const int StepsPerSize = 24;

    /// <summary>The optimum first.</summary>
    public static List<long[]> Of(IReadOnlyList<DimRange> sizes)
    {
        List<long[]> points = [[.. sizes.Select(s => s.Opt)]];
        double all = 1;
        foreach (DimRange size in sizes) all *= size.Count;
        if (all <= AllUpTo)
        {
            Product(sizes, size => Enumerable.Range(0, (int)size.Count).Select(i => size.Min + i), points);
            return points;
        }
        if (sizes.Count <= CornersUpTo) Product(sizes, size => new[] { size.Min, size.Max }.Distinct(), points);
        foreach (Func<DimRange, long> others in new Func<DimRange, long>[] { s => s.Min, s => s.Opt, s => s.Max })
        {
            points.Add([.. sizes.Select(others)]);
            for (int s = 0; s < sizes.Count; s++)
                foreach (long value in Steps(sizes[s])) points.Add([.. sizes.Select((size, i) => i == s ? value : others(size))]);
        }
        return points;
    }

    /// <summary>Both ends, their neighbors (which show the effect of remainders), and even steps.</summary>
    private static IEnumerable<long> Steps(DimRange size)
    {
        IEnumerable<long> near = Enumerable.Range(0, 9).SelectMany(i => new[] { size.Min + i, size.Max - i });
        IEnumerable<long> even = Enumerable.Range(1, StepsPerSize).Select(i => size.Min + (size.Max - size.Min) * i / (StepsPerSize + 1));
        return near.Concat(even).Where(v => v >= size.Min && v <= size.Max).Distinct();
    }

    private static void Product(IReadOnlyList<DimRange> sizes, Func<DimRange, IEnumerable<long>> values, List<long[]> points)
    {
        List<long[]> prefixes = [[]];
        foreach (DimRange size in sizes) prefixes = [.. prefixes.SelectMany(prefix => values(size).Select(v => (long[])[.. prefix, v]))];
        points.AddRange(prefixes);
    }
}

/// <summary>The range of a size.</summary>
internal readonly record struct DimRange(long Min, long Opt, long Max)
{
    public long Count => Max - Min + 1;
}
