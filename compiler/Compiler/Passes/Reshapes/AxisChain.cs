namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// The axes of the result of a chain of Squeeze and Unsqueeze: for each the axis of the source, or -1 for an inserted axis of
/// size 1. Only ranks must be known, not dimensions.
/// </summary>
/// <param name="Rank">The rank of the source.</param>
/// <param name="Axes">For each axis of the result the source's axis, or -1.</param>
internal sealed record AxisChain(int Rank, ImmutableArray<int> Axes)
{
    /// <summary>A chain of no nodes.</summary>
    public static AxisChain Of(int rank) => new(rank, [.. Enumerable.Range(0, rank)]);

    /// <summary>The chain with one more node.</summary>
    /// <returns>The chain, or null where the node is not a Squeeze or Unsqueeze with known axes.</returns>
    public AxisChain? Then(Node node)
    {
        bool inserts = node.Op.Is("Unsqueeze");
        if ((!inserts && !node.Op.Is("Squeeze")) || node.Input(1)?.Data?.ToIntegers() is not { } given) return null;
        int rank = inserts ? Axes.Length + given.Length : Axes.Length;
        var isNamed = new bool[rank];
        foreach (long axis in given)
        {
            long at = axis < 0 ? axis + rank : axis;
            if (at < 0 || at >= rank || isNamed[at]) return null;
            isNamed[at] = true;
        }
        var axes = ImmutableArray.CreateBuilder<int>(rank);
        for (int i = 0, next = 0; i < rank; i++)
            if (inserts) axes.Add(isNamed[i] ? -1 : Axes[next++]);
            else if (!isNamed[i]) axes.Add(Axes[i]);
        return new(Rank, axes.ToImmutable());
    }

    /// <summary>The one Squeeze or Unsqueeze that has the same result, with its axes: none where the result is the source.</summary>
    /// <returns>The operator and its axes, or null where it takes both operators.</returns>
    public (string Op, long[] Axes)? AsOne()
    {
        long[] inserted = [.. Enumerable.Range(0, Axes.Length).Where(i => Axes[i] < 0).Select(i => (long)i)];
        long[] dropped = [.. Enumerable.Range(0, Rank).Where(i => !Axes.Contains(i)).Select(i => (long)i)];
        return dropped.Length == 0 ? ("Unsqueeze", inserted) : inserted.Length == 0 ? ("Squeeze", dropped) : null;
    }
}
