namespace GraphPartition.MixedPrecision.Search;

/// <summary>
/// Finds few units that must stay in FP32 so that a budget holds. The noises of single units add up roughly, so the noisiest come first;
/// but less rounding can give a larger error, so every step is measured, and what was measured decides.
/// </summary>
/// <param name="count">The number of units.</param>
/// <param name="shortfall">Measures a set of units in FP32: how far the budget is missed; at most 0 where it holds.</param>
/// <param name="limits">How long to go on.</param>
public sealed class FewestUnits(int count, Func<IReadOnlyCollection<int>, double> shortfall, SearchLimits limits)
{
    private const int MostPruned = 256, MostExchanged = 12, Replacements = 12;

    private readonly Dictionary<string, bool> _known = [];
    private int[] _order = [];

    /// <summary>Searches.</summary>
    /// <param name="noise">For each unit the noise where only it is in 16 bits, as a part of what the budget allows.</param>
    /// <returns>Null: the budget does not even hold with all units in FP32.</returns>
    public KeptSet? Find(double[] noise)
    {
        if (Holds([])) return new([], 0);
        if (!Holds([.. Enumerable.Range(0, count)])) return null;
        _order = [.. Enumerable.Range(0, count).OrderByDescending(u => double.IsNaN(noise[u]) ? double.PositiveInfinity : noise[u])];
        int[] kept = Exchanged(Pruned(_order[..FewestFirst(noise)]));
        return Proven(kept);
    }

    /// <summary>The shortest beginning of the order that holds, near the one that the sum of the noises predicts.</summary>
    private int FewestFirst(double[] noise)
    {
        int guess = count;
        for (double rest = 0; guess > 1 && rest + noise[_order[guess - 1]] <= 1; guess--) rest += noise[_order[guess - 1]];
        int fails = 0, holds = count;
        if (Holds(_order[..guess]))
        {
            holds = guess;
            for (int step = 1; holds - step > fails; step *= 2)
                if (Holds(_order[..(holds - step)])) holds -= step;
                else fails = holds - step;
        }
        else
        {
            fails = guess;
            for (int step = 1; fails + step < holds; step *= 2)
                if (Holds(_order[..(fails + step)])) holds = fails + step;
                else fails += step;
        }
        while (holds - fails > 1)
        {
            int middle = (holds + fails) / 2;
            if (Holds(_order[..middle])) holds = middle;
            else fails = middle;
        }
        return holds;
    }

    /// <summary>The set without the units that it does not need, the least noisy first.</summary>
    private int[] Pruned(int[] kept)
    {
        for (bool isSmaller = true; isSmaller && kept.Length <= MostPruned;)
        {
            isSmaller = false;
            for (int i = kept.Length - 1; i >= 0; i--)
                if (Without(kept, i) is var fewer && Holds(fewer)) (kept, isSmaller) = (fewer, true);
        }
        return kept;
    }

    /// <summary>The set with two units replaced by one, as long as that holds.</summary>
    private int[] Exchanged(int[] kept)
    {
        int left = limits.Exchange;
        while (kept.Length is > 1 and <= MostExchanged && Next() is { } fewer) kept = Pruned(fewer);
        return kept;

        int[]? Next()
        {
            int[] others = [.. _order.Except(kept).Take(Replacements)];
            for (int i = kept.Length - 1; i > 0; i--)
                for (int j = i - 1; j >= 0; j--)
                    foreach (int other in others)
                        if (left-- <= 0) return null;
                        else if (Without(Without(kept, i), j).Append(other).ToArray() is var fewer && Holds(fewer)) return fewer;
            return null;
        }
    }

    /// <summary>Measures all smaller sets, as far as the limit allows: each size as a whole or not at all.</summary>
    private KeptSet Proven(int[] kept)
    {
        long left = limits.Proof;
        for (int size = 1; size < kept.Length; size++)
        {
            left -= Combinations(size);
            if (left < 0) return new([.. kept.Order()], size);
            foreach (int[] smaller in SetsOf(size))
                if (Holds(smaller)) return new([.. smaller.Order()], size);
        }
        return new([.. kept.Order()], kept.Length);
    }

    private long Combinations(int size)
    {
        double sets = 1;
        for (int i = 0; i < size; i++) sets = sets * (count - i) / (i + 1);
        return sets < long.MaxValue / 2 ? (long)Math.Round(sets) : long.MaxValue / 2;
    }

    /// <summary>All sets of a size, those of noisy units first.</summary>
    private IEnumerable<int[]> SetsOf(int size)
    {
        int[] picks = [.. Enumerable.Range(0, size)];
        while (true)
        {
            yield return [.. picks.Select(p => _order[p])];
            int last = size - 1;
            while (last >= 0 && picks[last] == count - size + last) last--;
            if (last < 0) yield break;
            picks[last]++;
            for (int i = last + 1; i < size; i++) picks[i] = picks[i - 1] + 1;
        }
    }

    private static int[] Without(int[] units, int at) => [.. units[..at], .. units[(at + 1)..]];

    private bool Holds(int[] units)
    {
        string key = string.Join(',', units.Order());
        if (!_known.TryGetValue(key, out bool holds)) _known.Add(key, holds = shortfall(units) <= 0);
        return holds;
    }
}
