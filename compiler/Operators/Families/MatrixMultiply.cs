namespace GraphPartition.Operators.Families;

/// <summary>Matrix products.</summary>
internal static class MatrixMultiply
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("MatMul", n => n.Set(0, Product(n, n.Shape(0), n.Shape(1)))),
        new("MatMulInteger", n => n.Set(0, Product(n, n.Shape(0), n.Shape(1)))),
        new("QLinearMatMul", n => n.Set(0, Product(n, n.Shape(0), n.Shape(3)))),
        new("Gemm", n => Gemm(n, 0, 1)),
        new("Einsum", Einsum.Infer),
        new("Det", n => n.Set(0, n.Shape(0) is { Rank: >= 2 } s ? new Shape(s.Dims[..^2]) : null)),
        .. OperatorRow.In("com.microsoft", Fused, "FusedMatMul", "FusedMatMulActivation", "TransposeMatMul"),
        .. OperatorRow.In("com.microsoft", n => Gemm(n, 0, 1), "FusedGemm", "GemmFloat8", "SparseToDenseMatMul"),
        .. OperatorRow.In("com.microsoft", QGemm, "QGemm"),
        .. OperatorRow.In("com.microsoft", n => n.Set(0, Product(n, n.Shape(0), n.Shape(1))),
            "DynamicQuantizeMatMul", "GemmFastGelu", "MatMulInteger16", "MatMulIntegerToFloat"),
        .. OperatorRow.In("com.microsoft", PackedWeight, "MatMulNBits", "MatMulBnb4"),
        .. OperatorRow.In("com.microsoft", PackedWeights, "MatMulNBitsMlp", "MatMulNBitsQkv"),
        .. OperatorRow.In("com.microsoft", n => n.Set(0, Product(n, n.Shape(0), n.Shape(2))), "QOrderedMatMul"),
        .. OperatorRow.In("com.microsoft", n => n.Set(0, n.Shape(0)), "Inverse"),
    ];

    /// <summary>
    /// As numpy.matmul: leading dimensions broadcast, the inner two multiply; a vector is a row on the left and a column on
    /// the right, and that dimension is left out of the result.
    /// </summary>
    private static Shape? Product(NodeTyping n, Shape? a, Shape? b)
    {
        if (a is null || b is null) return null;
        if (a.Rank == 0 || b.Rank == 0)
        {
            n.Contradiction($"{a} times {b}: a scalar is no matrix");
            return null;
        }
        n.Same(a[^1], b.Rank == 1 ? b[0] : b[^2], $"the inner dimensions of {a} times {b}");
        Shape batch = Broadcasting.Of(n, Leading(a), Leading(b));
        var dims = batch.Dims.ToBuilder();
        if (a.Rank > 1) dims.Add(a[^2]);
        if (b.Rank > 1) dims.Add(b[^1]);
        return new(dims.ToImmutable());
    }

    private static Shape Leading(Shape s) => s.Rank <= 2 ? Shape.Scalar : new(s.Dims[..^2]);

    /// <summary>alpha * A' * B' + beta * C, with C broadcast to [M, N].</summary>
    private static void Gemm(NodeTyping n, int a, int b) => Gemm(n, a, b, n.OutputElement(0));

    private static void Gemm(NodeTyping n, int a, int b, ElementType element)
    {
        bool transA = n.Int("transA") != 0, transB = n.Int("transB") != 0;
        if (n.Shape(a) is { Rank: not 2 } || n.Shape(b) is { Rank: not 2 })
        {
            n.Contradiction($"A is {n.Shape(a)} and B is {n.Shape(b)}, expected matrices");
            n.Set(0, element, Shape.OfRank(2));
            return;
        }
        Dim rows = n.Dim(a, transA ? 1 : 0), columns = n.Dim(b, transB ? 0 : 1);
        n.Same(n.Dim(a, transA ? 0 : 1), n.Dim(b, transB ? 1 : 0), "the inner dimensions of A and B");
        n.Set(0, element, new Shape(rows, columns));
    }

    /// <summary>Without a scale for the result it is not quantised.</summary>
    private static void QGemm(NodeTyping n) => Gemm(n, 0, 3, n.Has(7) ? n.Element(n.Has(8) ? 8 : 0) : ElementType.Float32);

    /// <summary>ONNX Runtime's product with transposed inputs; transBatch moves the second-last dimension to the front.</summary>
    private static void Fused(NodeTyping n) =>
        n.Set(0, Product(n, Turned(n.Shape(0), n.Int("transA"), n.Int("transBatchA")),
            Turned(n.Shape(1), n.Int("transB"), n.Int("transBatchB"))));

    private static Shape? Turned(Shape? s, long transpose, long batch)
    {
        if (s is not { Rank: >= 2 }) return s;
        ImmutableArray<Dim> dims = s.Dims;
        if (batch != 0) dims = [.. dims[1..^1], dims[0], dims[^1]];
        if (transpose != 0) dims = [.. dims[..^2], dims[^1], dims[^2]];
        return new(dims);
    }

    /// <summary>B is packed; its shape is in the attributes: [..., K] to [..., N].</summary>
    private static void PackedWeight(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: > 0 } a) return;
        bool forward = n.Int("transB", 1) != 0;
        n.Set(0, a.With(a.Rank - 1, forward && n.Int("N") is > 0 and var columns ? DimMath.Size(columns) : Dim.Unknown));
    }

    /// <summary>Several packed weights at once: [..., K] to [..., N], or to [..., Nq] and twice [..., Nkv]; then the input's sum.</summary>
    private static void PackedWeights(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: > 0 } a) return;
        string[] sizes = n.Attributes.Has("N") ? ["N"] : ["Nq", "Nkv", "Nkv"];
        for (int i = 0; i < sizes.Length; i++) n.Set(i, a.With(a.Rank - 1, n.SizeAttribute(sizes[i])));
        n.Set(sizes.Length, a);
    }
}
