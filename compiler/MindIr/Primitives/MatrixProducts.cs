namespace GraphPartition.MindIr.Primitives;

/// <summary>Products of matrices.</summary>
internal static class MatrixProducts
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("MatMul", "x1 x2 | transpose_a transpose_b", MatMul),
        new("BatchMatMul", "x1 x2 | transpose_a transpose_b", MatMul),
        new("Dense", "x w b", Dense),
    ];

    /// <summary>A transposed operand of rank 2 is an attribute of Gemm; elsewhere the last two axes are exchanged.</summary>
    private static Operand MatMul(PrimitiveCall c)
    {
        Value a = c.Tensor("x1"), b = c.Tensor("x2");
        bool transposeA = c.Flag("transpose_a"), transposeB = c.Flag("transpose_b");
        if (!transposeA && !transposeB) return c.Emit.Result("MatMul", [a, b]);
        if (c.Rank(a) == 2 && c.Rank(b) == 2 && Numbers.IsFloat(a.ElementType))
            return c.Emit.Result("Gemm", [a, b], ("transA", transposeA ? 1 : 0), ("transB", transposeB ? 1 : 0));
        return c.Emit.Result("MatMul", [transposeA ? Transposed(c, a) : a, transposeB ? Transposed(c, b) : b]);
    }

    /// <summary>x * w^T + b, for an x of any rank.</summary>
    private static Operand Dense(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), w = c.Tensor("w");
        Value? b = c.OptionalTensor("b");
        if (x.Shape?.Rank == 2) return c.Emit.Result("Gemm", b is null ? [x, w] : [x, w, b], ("transB", 1));
        Value transposed = c.Emit.Add("Transpose", [w], ("perm", new long[] { 1, 0 }));
        return b is null ? c.Emit.Result("MatMul", [x, transposed]) : c.Emit.Result("Add", [c.Emit.Add("MatMul", [x, transposed]), b]);
    }

    private static Value Transposed(PrimitiveCall c, Value matrix)
    {
        int rank = c.Rank(matrix);
        if (rank < 2) throw c.Unsupported($"transposes a tensor of rank {rank}");
        long[] order = [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
        return c.Emit.Add("Transpose", [matrix], ("perm", order));
    }
}
