namespace GraphPartition.Foundation;

/// <summary>Finds the names that a mistyped name probably means, for messages.</summary>
public static class NearNames
{
    private const int Most = 5, LongestCompared = 128;

    /// <summary>The end of a message about an unknown name: up to five known names, the nearest first.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">All known names.</param>
    /// <returns><c>; the nearest names are ...</c>, <c>; it has ...</c> if no name is near and there are few, or nothing.</returns>
    public static string Hint(string name, IEnumerable<string> known)
    {
        string[] all = [.. known.Where(k => k.Length > 0).Distinct()];
        int limit = Math.Max(1, (name.Length + 1) / 3);
        string[] near = [.. all.Select(k => (Name: k, Distance: Distance(name, k, limit))).Where(k => k.Distance <= limit)
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).Take(Most).Select(k => k.Name)];
        if (near.Length > 0) return $"; the nearest {(near.Length == 1 ? "name is" : "names are")} {string.Join(", ", near)}";
        return all.Length is > 0 and <= Most ? $"; there {(all.Length == 1 ? "is" : "are")} only {string.Join(", ", all)}" : "";
    }

    /// <summary>
    /// Insertions, deletions and exchanges that lead from one name to the other (Levenshtein), upper and lower case being equal. A name
    /// that contains the other is as near as one change.
    /// </summary>
    private static int Distance(string a, string b, int limit)
    {
        if (a.Length > 0 && (b.Contains(a, StringComparison.OrdinalIgnoreCase) || a.Contains(b, StringComparison.OrdinalIgnoreCase)))
            return string.Equals(a, b, StringComparison.OrdinalIgnoreCase) ? 0 : 1;
        if (Math.Abs(a.Length - b.Length) > limit || a.Length > LongestCompared) return int.MaxValue;
        int[] above = [.. Enumerable.Range(0, b.Length + 1)], row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++, (above, row) = (row, above))
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int exchanged = above[j - 1] + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(exchanged, 1 + Math.Min(above[j], row[j - 1]));
            }
        }
        return above[b.Length];
    }
}
