using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>Shapes as the constants that Reshape and Expand take.</summary>
internal static class ReshapeTarget
{
    /// <summary>
    /// What makes Reshape (without allowzero) turn <paramref name="from"/> into <paramref name="to"/>: known dimensions as
    /// numbers, a dimension that stands at the same place in both as 0, at most one other as -1; null where that cannot be said.
    /// (-1 is not to be had where the tensor may be empty: a known dimension of 0 rules it out, an empty batch does not.)
    /// </summary>
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
    /// What makes Expand turn <paramref name="from"/> into <paramref name="to"/>: known dimensions as numbers, one that the input
    /// has already as 1, which leaves it as it is; null where that cannot be said.
    /// </summary>
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
