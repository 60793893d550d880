namespace GraphPartition.Operators.Families;

/// <summary>Attention of the standard domain: https://onnx.ai/onnx/operators/onnx__Attention.html.</summary>
internal static class Attention
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("Attention", Infer),
        new("RotaryEmbedding", Elementwise.SameAsFirst),
    ];

    /// <summary>Q, K and V are [batch, heads, length, size], or [batch, length, heads * size] with the heads as attributes.</summary>
    private static void Infer(NodeTyping n)
    {
        if (n.Shape(0) is not { } q || n.Shape(1) is not { } k || n.Shape(2) is not { } v) return;
        if (q.Rank is not (3 or 4) || k.Rank != q.Rank || v.Rank != q.Rank)
        {
            n.Contradiction($"Q {q}, K {k} and V {v} must be of one rank, 3 or 4");
            return;
        }
        bool isSplit = q.Rank == 4;
        Dim heads = isSplit ? q[1] : n.SizeAttribute("q_num_heads"), sharedHeads = isSplit ? k[1] : n.SizeAttribute("kv_num_heads");
        Dim length = isSplit ? q[2] : q[1], keys = isSplit ? k[2] : k[1];
        Dim keySize = isSplit ? k[3] : DimMath.Div(k[2], sharedHeads), valueSize = isSplit ? v[3] : DimMath.Div(v[2], sharedHeads);
        Dim total = n.Has(4) ? DimMath.Add(n.Dim(4, 2), keys) : keys;
        n.Set(0, isSplit ? new Shape(q[0], heads, length, valueSize) : new Shape(q[0], length, DimMath.Mul(heads, valueSize)));
        n.Set(1, new Shape(q[0], sharedHeads, total, keySize));
        n.Set(2, new Shape(q[0], sharedHeads, total, valueSize));
        n.Set(3, new Shape(q[0], heads, length, total));
    }
}
