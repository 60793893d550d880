using GraphPartition.Compiler.Explaining;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The answer of <c>gpc matrix</c>.</summary>
internal static class MatrixView
{
    private static readonly string[] Columns = ["release", "engines", "fallback", "what falls back", "smallest upgrade that helps"];

    /// <summary>The matrix as a table for people. Neighbors that are alike share a line.</summary>
    public static void Write(ReleaseMatrix matrix)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns(Columns);
        foreach (string[] row in Rows(matrix)) table.AddRow(row.Select(cell => new Text(cell)));
        AnsiConsole.Write(table);
    }

    /// <summary>The matrix as a table in Markdown.</summary>
    public static void WriteMarkdown(ReleaseMatrix matrix)
    {
        Console.Out.WriteLine($"| {string.Join(" | ", Columns)} |");
        Console.Out.WriteLine($"|{string.Concat(Columns.Select(_ => " --- |"))}");
        foreach (string[] row in Rows(matrix)) Console.Out.WriteLine($"| {string.Join(" | ", row)} |");
    }

    private static IEnumerable<string[]> Rows(ReleaseMatrix matrix)
    {
        for (int first = 0, next; first < matrix.Releases.Length; first = next)
        {
            string[] cells = Cells(matrix.Releases[first]);
            for (next = first + 1; next < matrix.Releases.Length
                && matrix.Releases[next].Release.IsRtx == matrix.Releases[first].Release.IsRtx
                && Cells(matrix.Releases[next]).SequenceEqual(cells);) next++;
            string from = matrix.Releases[first].Release.ShortName, to = matrix.Releases[next - 1].Release.ShortName;
            yield return [from == to ? from : $"{from} to {to}", .. cells];
        }
    }

    private static string[] Cells(ReleaseRow row) =>
    [
        $"{row.Engines}", $"{row.Fallback} of {row.Nodes}", string.Join(", ", row.Blockers.Select(b => $"{b.Nodes} {b.Op}")),
        row.Upgrade is not { } upgrade ? ""
            : $"{upgrade.Release.ShortName}: takes {string.Join(", ", upgrade.Removes)}; "
                + $"{upgrade.Engines} engines, {upgrade.Fallback} fallback",
    ];
}
