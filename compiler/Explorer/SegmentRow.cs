namespace GraphPartition.Explorer;

/// <summary>A segment.</summary>
/// <param name="Engine">The number of its engine; -1: a fallback segment.</param>
/// <param name="Nodes">How many nodes it has.</param>
/// <param name="Level">How many changes between engine and fallback are before it, on the longest path.</param>
/// <param name="Column">Where it is drawn, in widths of a segment.</param>
/// <param name="Row">Where it is drawn, in rows from the top.</param>
internal sealed record SegmentRow(int Engine, int Nodes, int Level, double Column, int Row);

/// <summary>What goes from one segment to another.</summary>
/// <param name="From">The place of the segment that produces.</param>
/// <param name="To">The place of the segment that reads.</param>
/// <param name="Tensors">The numbers of the tensors.</param>
/// <param name="Bytes">Their bytes; 16 stands for each unknown dimension.</param>
internal sealed record SegmentEdge(int From, int To, int[] Tensors, long Bytes)
{
    /// <summary>The edges between segments that the edges between nodes make.</summary>
    public static SegmentEdge[] Of(IEnumerable<(int From, int To, int Tensor)> edges, int[] segmentOf, long[] bytes) =>
    [
        .. edges.Select(e => (From: segmentOf[e.From], To: segmentOf[e.To], e.Tensor)).Where(e => e.From != e.To).Distinct()
            .GroupBy(e => (e.From, e.To))
            .Select(g => new SegmentEdge(g.Key.From, g.Key.To, [.. g.Select(e => e.Tensor)], g.Sum(e => bytes[e.Tensor]))),
    ];
}
