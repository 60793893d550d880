namespace GraphPartition.Serving.Wire;

/// <summary>The shape of a tensor in a request.</summary>
internal static class WireShape
{
    /// <summary>The number of elements.</summary>
    /// <exception cref="ModelException">GP5040: a size is negative, or the product is too large.</exception>
    public static long CountOf(IReadOnlyList<long> shape, string where)
    {
        long count = 1;
        foreach (long size in shape)
        {
            if (size < 0) throw ServingCodes.BadRequest.Error(where, $"its shape is {Text(shape)}: sizes are not negative");
            if (Math.BigMul(count, size, out count) != 0 || count < 0)
                throw ServingCodes.BadRequest.Error(where, $"its shape is {Text(shape)}, which has too many elements");
        }
        return count;
    }

    /// <summary>A shape for a message.</summary>
    public static string Text(IReadOnlyList<long> shape) => $"[{string.Join(",", shape)}]";
}
