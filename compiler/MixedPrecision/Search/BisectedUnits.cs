namespace GraphPartition.MixedPrecision.Search;

/// <summary>
/// Finds few units that must stay in FP32 where each measurement is expensive, as the build of an engine is. It halves what may be at
/// fault (QuickXplain, Junker 2004): with k units at fault, of n, it takes about 2 k log2(n / k) + 2 k measurements. The set that it finds
/// holds, and if more FP32 never makes the numbers worse, no unit of it can be left out.
/// </summary>
/// <param name="most">The most measurements.</param>
/// <param name="holds">Whether the budget holds with these units in FP32, ascending.</param>
public sealed class BisectedUnits(int most, Func<int[], bool> holds)
{
    private readonly Dictionary<string, bool> _known = [];
    private int[]? _best;

    /// <summary>How many choices were measured.</summary>
    public int Measurements => _known.Count;

    /// <summary>Whether the search ended because of the limit: then a smaller set may be enough.</summary>
    public bool IsCutShort { get; private set; }

    /// <summary>Searches.</summary>
    /// <param name="order">All units, those first that are most likely at fault.</param>
    /// <returns>The smallest set that was measured and holds, ascending; null: not even all units in FP32 hold.</returns>
    public int[]? Find(int[] order)
    {
        if (Holds(order) && !Holds([])) Holds(Needed([], false, order));
        return _best;
    }

    /// <summary>The units that are needed beside the given ones; with all of them the budget holds.</summary>
    private int[] Needed(int[] given, bool isGrown, int[] units)
    {
        if (isGrown && Holds(given)) return [];
        if (units.Length == 1) return units;
        (int[] first, int[] second) = (units[..((units.Length + 1) / 2)], units[((units.Length + 1) / 2)..]);
        int[] ofSecond = Needed([.. given, .. first], true, second);
        return [.. Needed([.. given, .. ofSecond], ofSecond.Length > 0, first), .. ofSecond];
    }

    private bool Holds(int[] units)
    {
        int[] kept = [.. units.Order()];
        string key = string.Join(',', kept);
        if (_known.TryGetValue(key, out bool known)) return known;
        if (_known.Count >= most)
        {
            IsCutShort = true;
            return false;
        }
        _known.Add(key, known = holds(kept));
        if (known && (_best is null || kept.Length < _best.Length)) _best = kept;
        return known;
    }
}
