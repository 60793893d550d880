namespace GraphPartition.Operators.Batching;

/// <summary>Rules that operators of several families share.</summary>
internal static class BatchRules
{
    /// <summary>Why rows meet in a matrix product.</summary>
    public const string Summed = "it sums over the batch";

    /// <summary>The first input passes as it is.</summary>
    public static BatchAnswer First(BatchNode n) => n.In(0);

    /// <summary>The result has rows where any input has; all others must be the same for every row.</summary>
    public static BatchAnswer Broadcast(BatchNode n)
    {
        BatchFact[] inputs = [.. n.Inputs];
        if (inputs.All(f => !f.HasRows) && inputs.Any(f => f.Rank < 0)) return BatchFact.Fixed();
        int rank = inputs.Max(f => f.Rank);
        int axis = inputs.FirstOrDefault(f => f.HasRows) is { } rows ? rows.Axis + rank - rows.Rank : -1;
        foreach (BatchFact input in inputs)
            if (BatchNode.WhyNotAligned(input, axis, rank) is { } reason) return reason;
        return BatchFact.Of(axis, n.Broadcast(inputs, rank));
    }

    /// <summary>Defined sample by sample: axis 0 of the data is that of the samples. The result has the rank of the first input.</summary>
    /// <param name="samples">The inputs that hold samples, where they are given; all others are weights.</param>
    public static BatchRule Each(params int[] samples) => n => Each(n, samples);

    /// <summary>The result has the rank of the first input.</summary>
    /// <param name="n">The node.</param>
    /// <param name="samples">The inputs that hold samples, where they are given; all others are weights.</param>
    public static BatchAnswer Each(BatchNode n, int[] samples)
    {
        if (!n.Inputs.Any(f => f.HasRows)) return BatchFact.Fixed();
        for (int i = 0; i < n.InputCount; i++)
        {
            if (!n.Has(i)) continue;
            if (samples.Contains(i) ? n.In(i).Axis != 0 : !n.In(i).IsFixed)
                return samples.Contains(i) ? $"the batch is not the first axis of its input {i}" : $"its input {i} depends on the batch";
        }
        ImmutableArray<Extent> dims = n.In(0).Dims;
        return BatchFact.Rows(0, [dims[0], .. dims.Skip(1).Select(_ => n.Fresh())]);
    }

    /// <summary>The result has the shape of the first input.</summary>
    public static BatchAnswer Along(BatchNode n, long axis)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows) return x;
        return BatchNode.Axis(axis, x.Rank) is not { } along ? "its axis is not known"
            : along == x.Axis ? "it computes along the axis of the batch"
            : x;
    }

    /// <summary>It computes on the matrices of the last two axes: not along those of the rows.</summary>
    /// <param name="n">The node.</param>
    /// <param name="keepsShape">Whether the result is matrices again, or one element of each.</param>
    public static BatchAnswer InMatrices(BatchNode n, bool keepsShape)
    {
        BatchFact x = n.In(0);
        if (x.HasRows && x.Axis >= x.Rank - 2) return "the batch is an axis of its matrices";
        if (n.WhyNotFixed(1) is { } reason) return reason;
        return keepsShape || x.Rank < 2 ? x : BatchFact.Of(x.Axis, x.Dims[..^2]);
    }

    /// <summary>It looks at all that it gets: right where that is the same for every batch, wrong where it has rows.</summary>
    /// <param name="reason">Why rows meet in it.</param>
    public static BatchRule Unless(string reason) => n =>
        n.Inputs.All(f => f.IsFixed) ? BatchAnswer.Of([.. n.Node.Outputs.Select(_ => BatchFact.Fixed())]) : reason;
}
