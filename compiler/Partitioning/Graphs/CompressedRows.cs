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
        var sorted = new RowWriter(rowCount);
        foreach (int row in rows) sorted.Count(row);
        sorted.Allocate();
        for (int i = 0; i < rows.Length; i++) sorted.Add(rows[i], items[i]);
        return sorted.ToRows();
    }

    /// <summary>Keeps every item of a row once, at its first place. O(items), by marking items with the row.</summary>
    /// <returns>The same rows: the end of their array stays unused.</returns>
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
        return this;
    }
}
