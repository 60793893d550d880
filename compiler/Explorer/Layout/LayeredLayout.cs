namespace GraphPartition.Explorer.Layout;

/// <summary>
/// Places the vertices of an acyclic graph in rows: each vertex is one row below its lowest predecessor (longest path), and near
/// the vertices that it is connected to. After Sugiyama, Tagawa, Toda, "Methods for Visual Understanding of Hierarchical System
/// Structures" (1981), without the dummy vertices on long edges. O(sweeps (V log V + E)).
/// </summary>
internal static class LayeredLayout
{
    private const int Sweeps = 6;

    /// <summary>Places the vertices.</summary>
    /// <param name="count">The number of vertices. They are in a topological order: each edge goes to a larger number.</param>
    /// <param name="edges">The edges.</param>
    /// <returns>For each vertex its column, which may be negative and lies 1 or more from its neighbors, and its row.</returns>
    public static (double[] Column, int[] Row) Of(int count, IReadOnlyList<(int From, int To)> edges)
    {
        Neighbors above = Neighbors.Of(count, edges.Select(e => (e.To, e.From))), below = Neighbors.Of(count, edges);
        int[] row = new int[count];
        for (int v = 0; v < count; v++)
            foreach (int from in above[v]) row[v] = Math.Max(row[v], row[from] + 1);
        int[][] rows = [.. Enumerable.Range(0, count).GroupBy(v => row[v]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        double[] column = new double[count];
        foreach (int[] vertices in rows) Spread(vertices, column, v => column[v]);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            bool down = sweep % 2 == 0;
            Neighbors near = down ? above : below;
            for (int i = 0; i < rows.Length; i++)
                Spread(rows[down ? i : rows.Length - 1 - i], column, v => near.Mean(v, column));
        }
        return (column, row);
    }

    /// <summary>
    /// Puts the vertices of a row at their wishes, 1 apart at least. Blocks of vertices that touch stand at the mean of their
    /// wishes: the least squares under the order, as pool adjacent violators finds it.
    /// </summary>
    private static void Spread(int[] vertices, double[] column, Func<int, double> wish)
    {
        double[] wishes = [.. vertices.Select(wish)];
        Array.Sort(wishes, vertices);
        var blocks = new Stack<(double Sum, int Count)>();
        for (int i = 0; i < vertices.Length; i++)
        {
            (double Sum, int Count) block = (wishes[i] - i, 1);
            while (blocks.TryPeek(out (double Sum, int Count) before) && before.Sum / before.Count >= block.Sum / block.Count)
            {
                blocks.Pop();
                block = (before.Sum + block.Sum, before.Count + block.Count);
            }
            blocks.Push(block);
        }
        int end = vertices.Length;
        foreach ((double sum, int size) in blocks)
            for (int k = 0; k < size; k++) column[vertices[--end]] = sum / size + end;
    }
}
