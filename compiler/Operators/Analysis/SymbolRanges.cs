namespace GraphPartition.Operators.Analysis;

/// <summary>The ranges of symbols, and of the sums, products and quotients that are named after them (<see cref="DimMath"/>).</summary>
internal sealed class SymbolRanges
{
    private readonly Dictionary<string, IntegerRange> _known = [];
    private readonly Dictionary<string, IntegerRange?> _computed = [];

    /// <summary>The range of a symbol; null where nothing bounds it.</summary>
    public IntegerRange? Of(string symbol)
    {
        if (_known.TryGetValue(symbol, out IntegerRange known)) return known;
        if (_computed.TryGetValue(symbol, out IntegerRange? computed)) return computed;
        try
        {
            computed = LinearForm.Parse(symbol).RangeOf(part => part == symbol ? null : Of(part));
        }
        catch (OverflowException)
        {
            computed = null; // a name of the file that looks like a large number
        }
        return _computed[symbol] = computed;
    }

    /// <summary>Sets the range of a symbol.</summary>
    public void Set(string symbol, IntegerRange range)
    {
        if (_known.TryGetValue(symbol, out IntegerRange known) && known == range) return;
        _known[symbol] = range;
        _computed.Clear();
    }

    /// <summary>Forgets the range of a symbol.</summary>
    public void Remove(string symbol)
    {
        if (_known.Remove(symbol)) _computed.Clear();
    }
}
