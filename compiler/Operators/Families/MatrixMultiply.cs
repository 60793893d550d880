namespace GraphPartition.Operators.Families;

/// <summary>Matrix products.</summary>
internal static class MatrixMultiply
{
    private static readonly OperatorDefinition
        Common = Pure with { Types = n => n.Set(0, Product(n, n.Shape(0), n.Shape(1))), Sizes = Rising },
        Standard = Common with
        {
            Work = Work.Of(n => 2 * Work.Count(n.Output(0)) * Work.Size(n.Input(0), ^1)),
            OrtCuda = OnDevice,
            LowPrecision = LowPrecision.Faster,
        };

    public static OperatorFamily Family => new()
    {
        ["MatMul"] = Standard with { Rows = n => Multiply(n, 0, 1), MindSpore = new("MatMul BatchMatMul") },
        ["MatMulInteger"] = Standard with
        {
            Rows = n => Quantized(n, 0, 1, parameters: [2, 3], ofColumns: [3]),
            Body = IntegerBodies.MatMulInteger,
        },
        ["QLinearMatMul"] = Standard with
        {
            OrtCuda = null,
            Types = n => n.Set(0, Product(n, n.Shape(0), n.Shape(3))),
            Rows = n => Quantized(n, 0, 3, parameters: [1, 2, 4, 5, 6, 7], ofColumns: [4, 5]),
            Body = IntegerBodies.QLinearMatMul,
        },
        ["Gemm"] = Standard with
        {
            Types = n => Gemm(n, 0, 1),
            Check = NodeChecks.Gemm,
            Rows = Gemm,
            MindSpore = new("MatMul BiasAdd"),
            Work = Work.Of(n => 2 * Work.Count(n.Output(0)) * Work.Size(n.Input(0), n.Attributes.Int("transA") != 0 ? 0 : 1)),
            Opsets = [new(7, e => { e.Take("broadcast"); return null; })],
        },
        ["Einsum"] = Standard with { Types = Einsum.Infer, Work = Work.Of(Einsum.Terms), Rows = Einsum.Follow, Body = EinsumBody.Einsum },
        ["Det"] = Standard with
        {
            OrtCuda = null,
            Types = n => n.Set(0, n.Shape(0) is { Rank: >= 2 } s ? new Shape(s.Dims[..^2]) : null),
            Check = NodeChecks.Det,
            LowPrecision = null,
            Work = Work.Elements,
            Rows = n => InMatrices(n, keepsShape: false),
        },
        [OrtDomain, "FusedMatMul"] = Common with { LowPrecision = LowPrecision.Faster, Types = Fused, Body = MatrixBodies.FusedMatMul },
        [OrtDomain, "FusedMatMulActivation TransposeMatMul"] = Common with { LowPrecision = LowPrecision.Faster, Types = Fused },
        [OrtDomain, "FusedGemm"] = Common with
        {
            Types = n => Gemm(n, 0, 1),
            Body = MatrixBodies.FusedGemm,
            LowPrecision = LowPrecision.Faster,
        },
        [OrtDomain, "GemmFloat8 SparseToDenseMatMul"] = Common with { Types = n => Gemm(n, 0, 1) },
        [OrtDomain, "QGemm"] = Common with { Types = QGemm, Body = IntegerBodies.QGemm },
        [OrtDomain, "DynamicQuantizeMatMul"] = Common with
        {
            Rows = Unless(Quantization.OneScale),
            Body = QuantizationBodies.DynamicQuantizeMatMul,
        },
        [OrtDomain, "MatMulIntegerToFloat"] = Common with { Body = IntegerBodies.MatMulIntegerToFloat },
        [OrtDomain, "GemmFastGelu MatMulInteger16"] = Common,
        [OrtDomain, "MatMulNBits"] = Common with { Types = PackedWeight, Body = NarrowWeights.MatMulNBits },
        [OrtDomain, "MatMulBnb4"] = Common with { Types = PackedWeight },
        [OrtDomain, "MatMulNBitsMlp MatMulNBitsQkv"] = Common with { Types = PackedWeights },
        [OrtDomain, "QOrderedMatMul"] = Common with { Types = n => n.Set(0, Product(n, n.Shape(0), n.Shape(2))) },
        [OrtDomain, "Inverse"] = Common with { Types = Elementwise.SameAsFirst },
        [OrtDomain, "MatMulBlockQuantizedFp4Weight MatMulBlockQuantizedFp8Weight MatMulFpQ4"] = Common with { Types = null },
        [OrtDomain, "MulInteger"] = Common with
        {
            Types = n => n.Set(0, n.Shape(0) is { } a && n.Shape(2) is { } b ? Broadcasting.Of(n, a, b) : null),
        },
    };

    /// <summary>
    /// As numpy.matmul: leading dimensions broadcast, the inner two multiply; a vector is a row on the left and a column on
    /// the right, and that dimension is left out of the result.
    /// </summary>
    private static Shape? Product(NodeTyping n, Shape? a, Shape? b)
    {
        if (a is null || b is null) return null;
        if (a.Rank == 0 || b.Rank == 0)
        {
            n.Contradiction($"{a} times {b}: a scalar is not a matrix");
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

    /// <summary>Without a scale for the result it is not quantized.</summary>
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

    /// <summary>
    /// Matrices on the last two axes, the axes before them broadcast together; a vector has one axis, which is summed over.
    /// </summary>
    private static BatchAnswer Multiply(BatchNode n, int left, int right)
    {
        (BatchFact a, BatchFact b) = (n.In(left), n.In(right));
        if (a.Rank < 1 || b.Rank < 1) return a.HasRows || b.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        if ((a.HasRows && a.Axis == a.Rank - 1) || (b.HasRows && b.Axis == Math.Max(0, b.Rank - 2))) return Summed;
        // A vector is a matrix of one row or column, whose axis goes again.
        ImmutableArray<Extent> x = a.Rank == 1 ? [1, a.Dims[0]] : a.Dims, y = b.Rank == 1 ? [b.Dims[0], 1] : b.Dims;
        int rank = Math.Max(x.Length, y.Length);
        int rowsOfA = a.HasRows ? a.Axis + rank - x.Length : -1, rowsOfB = b.HasRows ? b.Axis + rank - y.Length : -1;
        if (rowsOfA >= 0 && rowsOfB >= 0 && (rowsOfA != rowsOfB || rowsOfA >= rank - 2))
            return "it puts rows along different axes together";
        int axis = Math.Max(rowsOfA, rowsOfB);
        if (axis >= 0 && axis < rank - 2) // one of many matrices: the other side has the same one for all rows, or one for each
            foreach (BatchFact side in (BatchFact[])[BatchFact.Of(a.Axis, x), BatchFact.Of(b.Axis, y)])
                if (BatchNode.WhyNotAligned(side, axis, rank) is { } reason) return reason;

        ImmutableArray<Extent> outer = n.Broadcast([BatchFact.Fixed(x[..^2]), BatchFact.Fixed(y[..^2])], rank - 2);
        List<Extent> dims = [.. outer, x[^2], y[^1]];
        if (b.Rank == 1) dims.RemoveAt(dims.Count - 1);
        if (a.Rank == 1) dims.RemoveAt(dims.Count - (b.Rank == 1 ? 1 : 2));
        if (a.Rank == 1 && axis == rank - 1) axis--; // the columns of b are the result's only axis behind the outer ones
        return BatchFact.Of(axis, [.. dims]);
    }

    /// <summary>
    /// As <see cref="Multiply"/>; scales and zeros are of a whole tensor, or of columns of the right matrix, where that has no rows.
    /// </summary>
    private static BatchAnswer Quantized(BatchNode n, int left, int right, int[] parameters, int[] ofColumns)
    {
        if (n.WhyNotFixed(parameters) is { } reason) return reason;
        bool hasRows = n.In(left).HasRows || n.In(right).HasRows;
        if (hasRows && parameters.Any(p => n.Has(p) && !IsOne(n.In(p)) && (n.In(right).HasRows || !ofColumns.Contains(p))))
            return "a scale or a zero may be of single rows";
        return Multiply(n, left, right);

        static bool IsOne(BatchFact parameter) => parameter.Rank >= 0 && parameter.Dims.All(d => d.Is(1));
    }

    private static BatchAnswer Gemm(BatchNode n)
    {
        (BatchFact a, BatchFact b) = (n.In(0), n.In(1));
        if (a.Rank != 2 || b.Rank != 2) return a.HasRows || b.HasRows ? "the rank of an input is not known" : BatchFact.Fixed();
        int down = n.Attributes.Int("transA") != 0 ? 1 : 0, across = n.Attributes.Int("transB") != 0 ? 0 : 1;
        if ((a.HasRows && a.Axis != down) || (b.HasRows && b.Axis != across)) return Summed;
        if (a.HasRows && b.HasRows) return "it puts rows along different axes together";
        int axis = a.HasRows ? 0 : b.HasRows ? 1 : -1;
        if (n.Has(2) && axis < 0 && !n.In(2).IsFixed) return "its input 2 depends on the batch";
        return n.Has(2) && BatchNode.WhyNotAligned(n.In(2), axis, 2) is { } reason ? reason
            : BatchFact.Of(axis, [a.Dims[down], b.Dims[across]]);
    }
}
