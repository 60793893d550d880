namespace GraphPartition.Operators.Inference;

/// <summary>Multidirectional broadcasting: https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md.</summary>
internal static class Broadcasting
{
    /// <summary>The shape of all inputs from <paramref name="first"/> on, broadcast together; null where one has an unknown rank.</summary>
    public static Shape? OfInputs(NodeTyping n, int first = 0)
    {
        Shape? result = n.Shape(first);
        for (int i = first + 1; i < n.InputCount && result is not null; i++)
            result = n.Shape(i) is { } shape ? Of(n, result, shape) : null;
        return result;
    }

    /// <summary>
    /// The shape of two shapes broadcast together: dimensions are aligned at the back, and 1 gives way. A contradiction is
    /// reported, and the first dimension stands.
    /// </summary>
    public static Shape Of(NodeTyping n, Shape a, Shape b)
    {
        if (ReferenceEquals(a, b) || a.Equals(b)) return a;
        if (b.Rank == 0) return a;
        if (a.Rank == 0) return b;
        var dims = new Dim[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= dims.Length; i++)
        {
            Dim x = i <= a.Rank ? a[a.Rank - i] : 1, y = i <= b.Rank ? b[b.Rank - i] : 1;
            if (x.IsKnown && y.IsKnown && x != y && !x.Is(1) && !y.Is(1))
                n.Contradiction($"shapes {a} and {b} do not broadcast: {x} and {y} meet at axis {dims.Length - i}");
            dims[^i] = Of(x, y);
        }
        var shape = new Shape(dims);
        return shape.Equals(a) ? a : shape.Equals(b) ? b : shape;
    }

    /// <summary>
    /// One dimension. A number other than 1 wins over a symbol, which can only be that number or 1; of two different
    /// symbols either may be 1, so nothing is known. But min(a|b) is a, or it is 1 and gives way, or a is 1 and so is it.
    /// </summary>
    public static Dim Of(Dim a, Dim b) =>
        a == b ? a
        : a.Is(1) ? b
        : b.Is(1) ? a
        : a.IsKnown ? a
        : b.IsKnown ? b
        : DimMath.IsMinOf(a, b) ? b
        : DimMath.IsMinOf(b, a) ? a : Dim.Unknown;
}
