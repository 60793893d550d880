namespace GraphPartition.Explorer.Layout;

/// <summary>The neighbors of each vertex in one direction, in compressed rows.</summary>
internal sealed class Neighbors
{
    private readonly int[] _start, _vertices;

    private Neighbors(int[] start, int[] vertices) => (_start, _vertices) = (start, vertices);

    public ReadOnlySpan<int> this[int vertex] => _vertices.AsSpan(_start[vertex].._start[vertex + 1]);

    public static Neighbors Of(int count, IEnumerable<(int Vertex, int Neighbor)> pairs)
    {
        (int Vertex, int Neighbor)[] all = [.. pairs];
        int[] start = new int[count + 1];
        foreach ((int vertex, _) in all) start[vertex + 1]++;
        for (int v = 0; v < count; v++) start[v + 1] += start[v];
        int[] next = [.. start], vertices = new int[all.Length];
        foreach ((int vertex, int neighbor) in all) vertices[next[vertex]++] = neighbor;
        return new(start, vertices);
    }

    /// <summary>The mean column of the neighbors; the vertex's own column where it has none.</summary>
    public double Mean(int vertex, double[] column)
    {
        ReadOnlySpan<int> near = this[vertex];
        if (near.IsEmpty) return column[vertex];
        double sum = 0;
        foreach (int v in near) sum += column[v];
        return sum / near.Length;
    }
}
