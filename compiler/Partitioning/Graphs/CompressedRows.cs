namespace GraphPartition.Partitioning.Graphs;

/// <summary>Rows of integers in one array: row i is <c>items[starts[i]..starts[i + 1]]</c>.</summary>
internal readonly struct CompressedRows(int[] starts, int[] items)
{
    private readonly int[] _starts = starts;
    private readonly int[] _items = items;

    /// <summary>The number of items in all rows.</summary>
    public int Count => _starts[^1];

    public ReadOnlySpan<int> this[int row]
    {
        get
        {
            int start = _starts[row];
            return new ReadOnlySpan<int>(_items, start, _starts[row + 1] - start);
        }
    }

    /// <summary>Sorts the pairs (row, item) into rows by counting; inside a row the order of the pairs is kept.</summary>
    public static CompressedRows FromPairs(int rowCount, ReadOnlySpan<int> rows, ReadOnlySpan<int> items)
    {
        int[] starts = new int[rowCount + 1];
        foreach (int row in rows) starts[row + 1]++;
        for (int row = 0; row < rowCount; row++) starts[row + 1] += starts[row];
        // Each start is moved along while its row fills, and all are moved back at the end: no second array of cursors.
        int[] sorted = new int[items.Length];
        for (int i = 0; i < rows.Length; i++) sorted[starts[rows[i]]++] = items[i];
        Array.Copy(starts, 0, starts, 1, rowCount);
        starts[0] = 0;
        return new CompressedRows(starts, sorted);
    }

    /// <summary>The same rows with every item kept once, at its first place. O(items), by marking items with the row.</summary>
    public CompressedRows WithoutRepeats(int itemLimit)
    {
        int[] lastRow = new int[itemLimit];
        Array.Fill(lastRow, -1);
        int kept = 0;
        int begin = 0;
        for (int row = 0; row + 1 < _starts.Length; row++)
        {
            int end = _starts[row + 1];
            for (int i = begin; i < end; i++)
            {
                int item = _items[i];
                if (lastRow[item] != row)
                {
                    lastRow[item] = row;
                    _items[kept++] = item;
                }
            }
            begin = end;
            _starts[row + 1] = kept;
        }
        return new CompressedRows(_starts, kept == _items.Length ? _items : _items[..kept]);
    }
}
