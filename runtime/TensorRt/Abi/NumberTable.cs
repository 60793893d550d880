namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// One column of a table in <see cref="AbiTables"/>, cut to what a release has: row i belongs to member i of the enumeration.
/// </summary>
internal sealed class NumberTable
{
    private readonly int[] _numbers;

    /// <param name="text">The table: a name and one cell per family in each line.</param>
    /// <param name="column">The family's column.</param>
    /// <param name="release">The loaded release; cells with a later "@release" count as absent.</param>
    public NumberTable(string text, int column, Version release) =>
        _numbers = [.. text.Split('\n').Select(line => Number(Cells(line)[column + 1], release))];

    /// <summary>A row's cells, the name first.</summary>
    public static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The number in row <paramref name="row"/>, or null where the release does not have it.</summary>
    public int? this[int row] => _numbers[row] is >= 0 and var number ? number : null;

    private static int Number(string cell, Version release)
    {
        string[] parts = cell.Split('@');
        bool absent = parts[0] == "-" || (parts is [_, var since] && Version.Parse(since) > release);
        return absent ? -1 : int.Parse(parts[0]);
    }
}
