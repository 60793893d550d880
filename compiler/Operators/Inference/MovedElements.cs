namespace GraphPartition.Operators.Inference;

/// <summary>The known elements of a result whose operator only moves elements of its first input.</summary>
internal static class MovedElements
{
    /// <summary>Computes the indices in the input from those in the result.</summary>
    public delegate void Place(ReadOnlySpan<long> result, Span<long> input);

    /// <summary>The result's elements in row-major order.</summary>
    /// <returns>The elements, or null where a shape or the input's elements are not known.</returns>
    public static ImmutableArray<Dim>? Of(NodeTyping n, Shape input, Shape result, Place place)
    {
        if (n.AllElements(0) is not { } elements || elements.Length != input.ElementCount) return null;
        if (result.ElementCount is not (<= BuildScope.MaxElements and var count)) return null;
        Span<long> to = stackalloc long[result.Rank], from = stackalloc long[input.Rank];
        var moved = new Dim[count];
        for (int i = 0; i < moved.Length; i++)
        {
            for (int axis = result.Rank - 1, rest = i; axis >= 0; axis--)
                (rest, to[axis]) = ((int)(rest / result[axis].Size), rest % result[axis].Size);
            place(to, from);
            long at = 0;
            for (int axis = 0; axis < from.Length; axis++) at = at * input[axis].Size + from[axis];
            if (at < 0 || at >= elements.Length) return null;
            moved[i] = elements[(int)at];
        }
        return [.. moved];
    }
}
