using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// What a chain of Squeeze and Unsqueeze makes of the axes of its source: for each axis of the result the source's axis, or -1
/// where one of size 1 was put in. It needs no dimension to be known, only ranks.
/// </summary>
/// <param name="Rank">The rank of the source.</param>
/// <param name="Axes">For each axis of the result, where it comes from.</param>
internal sealed record AxisChain(int Rank, ImmutableArray<int> Axes)
{
    /// <summary>A chain of no nodes.</summary>
    public static AxisChain Of(int rank) => new(rank, [.. Enumerable.Range(0, rank)]);

    /// <summary>The chain with one node more; null where that is no Squeeze or Unsqueeze with known axes.</summary>
    public AxisChain? Then(Node node)
    {
        bool puts = node.Op.Is("Unsqueeze");
        if ((!puts && !node.Op.Is("Squeeze")) || node.Input(1)?.Data?.ToIntegers() is not { } given) return null;
        int rank = puts ? Axes.Length + given.Length : Axes.Length;
        var isNamed = new bool[rank];
        foreach (long axis in given)
        {
            long at = axis < 0 ? axis + rank : axis;
            if (at < 0 || at >= rank || isNamed[at]) return null;
            isNamed[at] = true;
        }
        var axes = ImmutableArray.CreateBuilder<int>(rank);
        for (int i = 0, next = 0; i < rank; i++)
            if (puts) axes.Add(isNamed[i] ? -1 : Axes[next++]);
            else if (!isNamed[i]) axes.Add(Axes[i]);
        return new(Rank, axes.ToImmutable());
    }

    /// <summary>The one Squeeze or Unsqueeze that does the same, with its axes; none where it takes both, an empty list where it takes nothing.</summary>
    public (string Op, long[] Axes)? AsOne()
    {
        long[] put = [.. Enumerable.Range(0, Axes.Length).Where(i => Axes[i] < 0).Select(i => (long)i)];
        long[] dropped = [.. Enumerable.Range(0, Rank).Where(i => !Axes.Contains(i)).Select(i => (long)i)];
        return dropped.Length == 0 ? ("Unsqueeze", put) : put.Length == 0 ? ("Squeeze", dropped) : null;
    }
}
