namespace GraphPartition.Partitioning.Graphs;

/// <summary>Writes <see cref="CompressedRows"/> in two walks over the same items: the first counts them, the second adds them.</summary>
/// <param name="rowCount">The number of rows.</param>
internal sealed class RowWriter(int rowCount)
{
    // Each start is moved along while its row fills, and all are moved back at the end: no second array of cursors.
    private readonly int[] _starts = new int[rowCount + 1];
    private int[] _items = [];

    /// <summary>In the first walk: a row will get so many items.</summary>
    public void Count(int row, int items = 1) => _starts[row + 1] += items;

    /// <summary>Between the two walks.</summary>
    public void Allocate()
    {
        for (int row = 0; row < rowCount; row++) _starts[row + 1] += _starts[row];
        _items = new int[_starts[^1]];
    }

    /// <summary>In the second walk: the next item of a row.</summary>
    public void Add(int row, int item) => _items[_starts[row]++] = item;

    /// <summary>In the second walk: the next items of a row.</summary>
    public void Add(int row, ReadOnlySpan<int> items)
    {
        items.CopyTo(_items.AsSpan(_starts[row]));
        _starts[row] += items.Length;
    }

    /// <summary>The rows, after both walks.</summary>
    public CompressedRows ToRows()
    {
        Array.Copy(_starts, 0, _starts, 1, rowCount);
        _starts[0] = 0;
        return new CompressedRows(_starts, _items);
    }
}
