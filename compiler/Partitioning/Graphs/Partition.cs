using GraphPartition.Partitioning.Checking;

namespace GraphPartition.Partitioning.Graphs;

/// <summary>Every node in exactly one segment, with the proof that this is acyclic and how far it is from the minimum.</summary>
public sealed class Partition
{
    private readonly int[] _segmentOf;
    private readonly Segment[] _segments;

    internal Partition(int[] segmentOf, Segment[] segments, Certificate certificate, IReadOnlyList<PartitionGap> gaps)
    {
        _segmentOf = segmentOf;
        _segments = segments;
        Certificate = certificate;
        Gaps = gaps;
        foreach (Segment segment in segments)
        {
            EngineCount += segment.IsEngine ? 1 : 0;
        }
    }

    /// <summary>For each node the id of its segment.</summary>
    public ReadOnlySpan<int> SegmentOf => _segmentOf;

    /// <summary>The segments in an order in which they can run.</summary>
    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>The proof of acyclicity and of the bound.</summary>
    public Certificate Certificate { get; }

    /// <summary>How many segments are engines.</summary>
    public int EngineCount { get; }

    /// <summary>The fewest engines that any acyclic grouping of the same supported nodes can have.</summary>
    public int Bound => Certificate.Bound;

    /// <summary>Whether there are as few engines as can be.</summary>
    public bool IsMinimum => EngineCount == Bound;

    /// <summary>What each constraint cost; empty for the unconstrained minimum.</summary>
    public IReadOnlyList<PartitionGap> Gaps { get; }

    /// <summary>
    /// A partitioning as someone claims it, for instance in a file: nothing is checked, that is for <see cref="CertificateVerifier"/>.
    /// </summary>
    /// <param name="segmentOf">For each node its segment, from 0 to the number of segments - 1.</param>
    /// <param name="isEngine">For each segment whether it is an engine.</param>
    /// <param name="certificate">The proof.</param>
    public static Partition Claimed(int[] segmentOf, bool[] isEngine, Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(segmentOf);
        ArgumentNullException.ThrowIfNull(isEngine);
        int[] colours = Array.ConvertAll(isEngine, engine => engine ? 1 : 0);
        return new Partition(segmentOf, SegmentTable.Collect(segmentOf, colours), certificate, []);
    }

    internal Partition WithGaps(IReadOnlyList<PartitionGap> gaps) => new(_segmentOf, _segments, Certificate, gaps);
}
