namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>Recurrent layers: they go along time, each sample by itself.</summary>
internal static class Recurrent
{
    private const int Lengths = 4, FirstState = 5, LastState = 6;

    public static IEnumerable<BatchRule> Rules => BatchRule.Of(Follow, "GRU", "LSTM", "RNN");

    private static BatchAnswer Follow(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows)
            return n.Inputs.All(f => f.IsFixed) ? BatchAnswer.Of(n.OfRank(4), n.OfRank(3), n.OfRank(3))
                : "a state depends on the batch, its input does not";
        bool batchFirst = n.Attributes.Int("layout") != 0;
        int axis = batchFirst ? 0 : 1;
        if (x.Axis != axis || x.Rank != 3) return "it goes from sample to sample";
        if (n.WhyNotFixed(1, 2, 3, 7) is { } reason) return reason;
        if (n.Has(Lengths) && n.In(Lengths).Axis != 0) return "its lengths are not of single samples";
        for (int i = FirstState; i <= LastState; i++)
            if (n.Has(i) && n.In(i).Axis != axis) return "its first state is not of single samples";
        Extent rows = x.Dims[axis], steps = x.Dims[1 - axis];
        Extent size = n.Attributes.Has("hidden_size") ? n.Attributes.Int("hidden_size") : n.Fresh();
        Extent ways = n.Attributes.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        BatchFact all = batchFirst ? BatchFact.Rows(0, [rows, steps, ways, size]) : BatchFact.Rows(2, [steps, ways, rows, size]);
        BatchFact last = batchFirst ? BatchFact.Rows(0, [rows, ways, size]) : BatchFact.Rows(1, [ways, rows, size]);
        return BatchAnswer.Of(all, last, last);
    }
}
