namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>Computes the constants that Reshape and Expand take as their shape.</summary>
internal static class ReshapeTarget
{
    /// <summary>
    /// The constant with which Reshape (without allowzero) turns <paramref name="from"/> into <paramref name="to"/>: known
    /// dimensions as numbers, a dimension that both have at the same place as 0, at most one other as -1. (-1 is not allowed where
    /// the tensor may be empty: a known dimension of 0 rules it out, an empty batch does not.)
    /// </summary>
    /// <returns>The constant, or null where there is none.</returns>
    public static long[]? Reshape(Shape? from, Shape? to)
    {
        if (to is null) return null;
        var target = new long[to.Rank];
        bool isOpen = false, isEmpty = false;
        for (int i = 0; i < target.Length; i++)
        {
            bool isCopied = i < from?.Rank && !to[i].IsUnknown && from[i] == to[i];
            isEmpty |= to[i].Is(0);
            if (to[i].IsKnown && (!to[i].Is(0) || isCopied)) target[i] = to[i].Size;
            else if (isCopied) target[i] = 0;
            else if (isOpen || to[i].IsKnown) return null;
            else
            {
                target[i] = -1;
                isOpen = true;
            }
        }
        return isOpen && isEmpty ? null : target;
    }

    /// <summary>
    /// The constant with which Expand turns <paramref name="from"/> into <paramref name="to"/>: known dimensions as numbers, a
    /// dimension that the input has already as 1, which leaves it as it is.
    /// </summary>
    /// <returns>The constant, or null where there is none.</returns>
    public static long[]? Expand(Shape? from, Shape? to)
    {
        if (from is null || to is null) return null;
        var target = new long[to.Rank];
        for (int i = 0; i < target.Length; i++)
        {
            int at = i - (to.Rank - from.Rank);
            if (to[i].IsKnown) target[i] = to[i].Size;
            else if (at >= 0 && !to[i].IsUnknown && from[at] == to[i]) target[i] = 1;
            else return null;
        }
        return target;
    }
}
