namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of Attention.</summary>
internal static class AttentionChecks
{
    private const long LeastHeadSize = 16, MostHeadSize = 256;

    /// <summary>
    /// Why no fused kernel fits. Q and K are [batch, heads, length, size], or [batch, length, heads * size] with the heads as attributes.
    /// TensorRT does not decompose the node where it has no kernel: the build fails.
    /// </summary>
    /// <returns>The reason, or null.</returns>
    public static string? Kernel(Node node)
    {
        if (node.Input(0) is not { Shape: { Rank: 3 or 4 } q } query || node.Input(1)?.Shape is not { Rank: 3 or 4 } k) return null;
        (Dim queries, Dim keys) = (q[q.Rank - 2], k[k.Rank - 2]);
        if (query.ElementType is ElementType.Float32 or ElementType.Float64)
            return queries.Is(1) && keys.IsKnown && keys.Size > 1 ? null
                : $"there is no fused kernel for {query.ElementType.Keyword()}, except for one query and more than one key; here Q is {q}";
        if (query.ElementType == ElementType.BFloat16 && keys.Is(1)) return "there is no fused kernel for bf16 and one key";
        Dim size = q.Rank == 4 ? q[3] : DimMath.Div(q[2], node.Attributes.Int("q_num_heads", 1));
        return size.IsKnown && size.Size is >= LeastHeadSize and <= MostHeadSize ? null
            : $"there are fused kernels for heads of {LeastHeadSize} to {MostHeadSize}; here it is {size}";
    }
}
