namespace GraphPartition.Operators.Families;

/// <summary>Attention: https://onnx.ai/onnx/operators/onnx__Attention.html and its relatives. Every sample looks at its own keys.</summary>
internal static class Attention
{
    private static readonly OperatorDefinition Common = Pure with { Types = Elementwise.SameAsFirst, Sizes = Rising };

    public static OperatorFamily Family => new()
    {
        ["Attention"] = Common with
        {
            Types = Infer,
            Check = NodeChecks.Attention,
            Work = Products,
            LowPrecision = LowPrecision.Faster,
            Rows = n => OwnKeys(n, samples: [0, 1, 2, 4, 5, 6], mask: 3),
            OrtCuda = OnDevice,
            Body = AttentionBodies.Attention,
        },
        ["RotaryEmbedding"] = Common with
        {
            LowPrecision = LowPrecision.Follows,
            Rows = n => Rotary(n, positions: 3, caches: [1, 2]),
            OrtCuda = OnDevice,
            Body = RotaryBodies.RotaryEmbedding,
        },
        [OrtDomain, "RotaryEmbedding"] = Common with
        {
            LowPrecision = LowPrecision.Follows,
            Rows = n => Rotary(n, positions: 1, caches: [2, 3]),
            Body = RotaryBodies.OrtRotaryEmbedding,
        },
        [OrtDomain, "MultiHeadAttention"] = Common with
        {
            Types = MultiHead,
            Check = NodeChecks.MultiHeadAttention,
            LowPrecision = LowPrecision.Faster,
            Rows = n => OwnKeys(n, samples: [0, 1, 2, 4, 6, 7], mask: 5),
            Body = AttentionBodies.MultiHeadAttention,
        },
        [OrtDomain, "DecoderMaskedMultiHeadAttention"] = Common with { Types = MultiHead },
        [OrtDomain, "Attention"] = Common with
        {
            Types = n => Packed(n, past: 4),
            Check = NodeChecks.PackedAttention,
            Work = Products,
            LowPrecision = LowPrecision.Faster,
            Body = AttentionBodies.PackedAttention,
            FewestOutputs = n => PresentOf(n, past: 4),
        },
        [OrtDomain, "DecoderMaskedSelfAttention"] = Common with
        {
            Types = n => Packed(n, past: 4),
            FewestOutputs = n => PresentOf(n, past: 4),
        },
        [OrtDomain, "QAttention"] = Common with
        {
            Types = n => Packed(n, past: 8),
            Body = AttentionBodies.QuantizedAttention,
            FewestOutputs = n => PresentOf(n, past: 8),
        },
        [OrtDomain, "QOrderedAttention"] = Common with { Types = n => n.Set(0, new Shape(n.Dim(0, 0), n.Dim(0, 1), n.Dim(7, 1))) },
        [OrtDomain, "PackedAttention"] = Common with { Types = Unpadded },
        [OrtDomain, "PackedMultiHeadAttention"] = Common with { Types = UnpaddedMultiHead },
        [OrtDomain, "GroupQueryAttention"] = Common with
        {
            LowPrecision = LowPrecision.Faster,
            Types = GroupQuery,
            Check = NodeChecks.GroupQueryAttention,
            Body = GroupQueryBody.GroupQueryAttention,
        },
        [OrtDomain, "SparseAttention"] = Common with { LowPrecision = LowPrecision.Faster, Types = GroupQuery },
        [OrtDomain, "LongformerAttention MRotaryEmbedding QOrderedLongformerAttention"] = Common,
        [OrtDomain, "GemmaRotaryEmbedding"] = Common with { Types = GemmaRotary },
        [OrtDomain, "DecoderAttention GatedDeltaNet LinearAttentionGate PagedAttention"] = Common with { Types = null },
        ["LinearAttention"] = Common with { Types = Linear, Body = LinearAttentionBody.LinearAttention },
        [OrtDomain, "LinearAttention"] = Common with { Types = Linear, Body = LinearAttentionBody.LinearAttention },
        ["ai.onnx.preview", "FlexAttention"] = Common with
        {
            Types = n => n.Set(0, n.Shape(0) is { Rank: 4 } q ? q.With(3, n.Dim(2, 3)) : null),
            Work = Products,
            Body = AttentionBodies.FlexAttention,
        },
    };

    /// <summary>ONNX Runtime's kernel refuses a node that takes the past and does not return the present.</summary>
    private static int PresentOf(Node node, int past) => node.Input(past) is null ? 1 : 2;

    /// <summary>Scores and weighted values: each query element meets every key twice over, with a product and a sum.</summary>
    private static Work Products => Work.Of(n => 4 * Work.Count(n.Input(0)) * Work.Size(n.Input(1), ^2));

    /// <summary>Q, K and V are [batch, length, heads * size]; the state is [batch, heads, size of k, size of v].</summary>
    private static void Linear(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 } q || n.Shape(2) is not { Rank: 3 } v) return;
        if (n.Int("state_window") != 0) return; // ONNX Runtime's form with several states
        Dim heads = n.SizeAttribute("kv_num_heads");
        n.Set(0, new Shape(q[0], q[1], DimMath.Mul(DimMath.Div(v[2], heads), n.SizeAttribute("q_num_heads"))));
        Shape state = new(q[0], heads, DimMath.Div(n.Dim(1, 2), heads), DimMath.Div(v[2], heads));
        n.Set(1, n.Element(n.Has(3) ? 3 : 0), state);
    }

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

    /// <summary>Input [batch, length, hidden] times packed weights; present is [2, batch, heads, total, size].</summary>
    private static void Packed(NodeTyping n, int past)
    {
        if (n.Shape(0) is not { Rank: 3 } x) return;
        var sizes = n.Attributes.Ints("qkv_hidden_sizes");
        Dim hidden = sizes is { IsDefault: false, Length: 3 } ? DimMath.Size(sizes[2]) : DimMath.Div(n.Dim(1, 1), 3);
        Dim heads = n.Int("num_heads") is > 0 and var h ? DimMath.Size(h) : Dim.Unknown;
        n.Set(0, new Shape(x[0], x[1], hidden));
        Dim total = n.Has(past) ? n.Int("past_present_share_buffer") != 0 ? n.Dim(past, 3) : DimMath.Add(n.Dim(past, 3), x[1]) : x[1];
        n.Set(1, new Shape(2, x[0], heads, total, DimMath.Div(hidden, heads)));
    }

    /// <summary>Query [batch, length, hidden], or QKV packed into one [batch, length, heads, 3, size].</summary>
    private static void MultiHead(NodeTyping n)
    {
        Dim heads = n.Int("num_heads") is > 0 and var h ? DimMath.Size(h) : Dim.Unknown;
        if (n.Shape(0) is { Rank: 5 } packed)
        {
            n.Set(0, new Shape(packed[0], packed[1], DimMath.Mul(packed[2], packed[4])));
            return;
        }
        if (n.Shape(0) is not { Rank: 3 } q) return;
        Dim hidden = n.Shape(2) switch { { Rank: 3 } v => v[2], { Rank: 4 } v => DimMath.Mul(v[1], v[3]), _ => q[2] };
        n.Set(0, new Shape(q[0], q[1], hidden));
        if (n.Shape(1) is not { Rank: 3 or 4 } k || n.Has(6)) return; // how a cache grows depends on more than shapes
        Dim keys = k.Rank == 4 ? k[2] : k[1];
        n.Set(1, new Shape(q[0], heads, keys, k.Rank == 4 ? k[3] : DimMath.Div(k[^1], heads)));
        n.Set(2, new Shape(q[0], heads, keys, DimMath.Div(hidden, heads)));
    }

    /// <summary>Query [batch, length, heads * size]; without a key it holds all three, packed.</summary>
    private static void GroupQuery(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 } q) return;
        long heads = n.Int("num_heads"), shared = n.Int("kv_num_heads");
        if (heads is <= 0 or > int.MaxValue || shared is <= 0 or > int.MaxValue) return;
        Dim size = n.Has(1) ? DimMath.Div(q[2], heads) : DimMath.Div(q[2], heads + 2 * shared);
        n.Set(0, new Shape(q[0], q[1], DimMath.Mul(size, heads)));
        for (int i = 1; i < Math.Min(3, n.OutputCount); i++) // without a past the cache has the type of the query
            n.Set(i, n.Element(n.Has(3) ? 3 : 0),
                new Shape(q[0], shared, Dim.Unknown, n.Dim(3, 3) is { IsUnknown: false } packed ? packed : size));
    }

    /// <summary>As Attention, on the tokens of all sentences one after another: [tokens, hidden].</summary>
    private static void Unpadded(NodeTyping n)
    {
        var sizes = n.Attributes.Ints("qkv_hidden_sizes");
        Dim hidden = sizes is { IsDefault: false, Length: 3 } ? DimMath.Size(sizes[2]) : DimMath.Div(n.Dim(1, 1), 3);
        n.Set(0, new Shape(n.Dim(0, 0), hidden));
    }

    /// <summary>Query [tokens, hidden], or QKV packed into one [tokens, heads, 3, size].</summary>
    private static void UnpaddedMultiHead(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: 4 } packed) n.Set(0, new Shape(packed[0], DimMath.Mul(packed[1], packed[3])));
        else if (n.Shape(0) is { Rank: 2 } q) n.Set(0, new Shape(q[0], n.Dim(2, 1)));
    }

    private static void GemmaRotary(NodeTyping n)
    {
        n.Set(0, n.Shape(1));
        n.Set(1, n.Shape(3));
    }

    /// <summary>All outputs have the samples on axis 0; the first has the rank of the query, the others have heads too.</summary>
    private static BatchAnswer OwnKeys(BatchNode n, int[] samples, int mask)
    {
        if (!n.Inputs.Any(f => f.HasRows)) return BatchAnswer.Of([.. n.Node.Outputs.Select(_ => BatchFact.Fixed())]);
        for (int i = 0; i < n.InputCount; i++)
        {
            if (!n.Has(i)) continue;
            bool fits = samples.Contains(i) ? n.In(i).Axis == 0
                : i == mask ? BatchNode.WhyNotAligned(n.In(i), 0, 4) is null
                : n.In(i).IsFixed;
            if (!fits) return $"its input {i} is not of single samples";
        }
        Extent rows = n.In(0).Dims[0];
        return BatchAnswer.Of([.. n.Node.Outputs.Select((_, i) => Output(i == 0 ? n.In(0).Rank : 4))]);

        BatchFact Output(int rank) => BatchFact.Rows(0, [rows, .. Enumerable.Range(1, rank - 1).Select(_ => n.Fresh())]);
    }

    /// <summary>Turned by angles that positions choose from the caches, or by angles of each sample.</summary>
    private static BatchAnswer Rotary(BatchNode n, int positions, int[] caches)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows) return n.Inputs.All(f => f.IsFixed) ? x : "its angles depend on the batch, its input does not";
        if (x.Axis != 0) return "the batch is not its first axis";
        if (!n.Has(positions)) return caches.All(c => n.In(c).Axis == 0) ? x : "its angles are not of single samples";
        if (n.WhyNotFixed(caches) is { } reason) return reason;
        BatchFact at = n.In(positions);
        bool isOne = at.IsFixed && at.Rank >= 0 && at.Dims.All(d => d.Is(1));
        return isOne || at.Axis == 0 ? x : "its positions are not of single samples";
    }
}
