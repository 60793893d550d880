namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Attention: every sample looks at its own keys, on axis 0.</summary>
internal static class Attentions
{
    public static IEnumerable<BatchRule> Rules =>
    [
        new("Attention", n => Attention(n, samples: [0, 1, 2, 4, 5, 6], mask: 3)),
        .. BatchRule.In("com.microsoft", n => Attention(n, samples: [0, 1, 2, 4, 6, 7], mask: 5), "MultiHeadAttention"),
        new("RotaryEmbedding", n => Rotary(n, positions: 3, caches: [1, 2])),
        .. BatchRule.In("com.microsoft", n => Rotary(n, positions: 1, caches: [2, 3]), "RotaryEmbedding"),
    ];

    /// <summary>All outputs have the samples on axis 0; the first has the rank of the query, the others have heads too.</summary>
    private static BatchAnswer Attention(BatchNode n, int[] samples, int mask)
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
