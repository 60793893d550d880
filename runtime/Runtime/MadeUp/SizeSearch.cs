namespace GraphPartition.Runtime.MadeUp;

/// <summary>
/// Looks for sizes that fit. The measure of an attempt is how far a graph comes with it; sizes are changed one by one, and all of a kind
/// together, and a change that brings the graph further is kept. Deterministic.
/// </summary>
/// <param name="free">The open sizes.</param>
/// <param name="numbers">Numbers that the graph itself has: sizes of weights and elements of small constants, in their order.</param>
internal sealed class SizeSearch(IReadOnlyList<FreeSize> free, IReadOnlyList<long> numbers)
{
    private readonly HashSet<string> _tried = [];

    /// <summary>Searches from sizes on.</summary>
    /// <param name="start">The sizes.</param>
    /// <param name="measure">How far the graph comes.</param>
    /// <param name="goal">The measure of sizes that fit.</param>
    /// <param name="mayTry">Whether another attempt may be made.</param>
    /// <returns>The best sizes, and their measure.</returns>
    public (long[] Sizes, int Measure) Run(long[] start, Func<long[], int> measure, int goal, Func<bool> mayTry)
    {
        long[] best = start;
        int reached = measure(start);
        _tried.Add(Key(start));
        for (bool isBetter = true; isBetter && reached < goal;)
        {
            isBetter = false;
            foreach (long[] attempt in Changes(() => best))
            {
                if (!_tried.Add(Key(attempt))) continue;
                if (!mayTry()) return (best, reached);
                int now = measure(attempt);
                if (now <= reached) continue;
                (best, reached, isBetter) = (attempt, now, true);
                if (reached >= goal) break;
            }
        }
        return (best, reached);
    }

    /// <summary>Images are tried as squares first; other sizes one by one first.</summary>
    private IEnumerable<long[]> Changes(Func<long[]> best)
    {
        ILookup<bool, int[]> groups = Enumerable.Range(0, free.Count).GroupBy(i => free[i].Kind).Where(g => g.Count() > 1)
            .ToLookup(g => g.Key == SizeKind.Image, g => g.ToArray());
        foreach (int[] which in groups[true].Concat(Enumerable.Range(0, free.Count).Select(i => new[] { i })).Concat(groups[false]))
            foreach (long size in CandidatesOf(free[which[0]]))
            {
                long[] changed = [.. best()];
                foreach (int i in which) changed[i] = size;
                yield return changed;
            }
    }

    private IEnumerable<long> CandidatesOf(FreeSize size) => size.Kind == SizeKind.Channels
        ? numbers.Concat(size.Candidates.ToArray()).Distinct() : size.Candidates.ToArray().Concat(numbers).Distinct();

    private static string Key(long[] sizes) => string.Join(',', sizes);
}
