namespace GraphPartition.Partitioning.Graphs;

/// <summary>Every node in exactly one segment, with the proof that this is acyclic and how far it is from the minimum.</summary>
public sealed class Partition
{
    private readonly int[] _segmentOf;
    private readonly PartitionSegment[] _segments;

    /// <summary>Lists the nodes of every segment; <paramref name="levelNumbers"/> holds one number per segment, odd for engines.</summary>
    internal Partition(int[] segmentOf, ReadOnlySpan<int> levelNumbers, Certificate certificate, IReadOnlyList<PartitionGap> gaps)
    {
        _segmentOf = segmentOf;
        _segments = Collect(segmentOf, levelNumbers);
        Certificate = certificate;
        Gaps = gaps;
        foreach (PartitionSegment segment in _segments) EngineCount += segment.IsEngine ? 1 : 0;
    }

    private Partition(Partition other, IReadOnlyList<PartitionGap> gaps)
    {
        (_segmentOf, _segments, Certificate, EngineCount) = (other._segmentOf, other._segments, other.Certificate, other.EngineCount);
        Gaps = gaps;
    }

    /// <summary>For each node the id of its segment.</summary>
    public ReadOnlySpan<int> SegmentOf => _segmentOf;

    /// <summary>The segments in an order in which they can run.</summary>
    public IReadOnlyList<PartitionSegment> Segments => _segments;

    /// <summary>The proof of acyclicity and of the bound.</summary>
    public Certificate Certificate { get; }

    /// <summary>How many segments are engines.</summary>
    public int EngineCount { get; }

    /// <summary>The fewest engines that any acyclic grouping of the same supported nodes can have.</summary>
    public int Bound => Certificate.Bound;

    /// <summary>Whether no acyclic grouping has fewer engines.</summary>
    public bool IsMinimum => EngineCount == Bound;

    /// <summary>What each constraint cost; empty for the unconstrained minimum.</summary>
    public IReadOnlyList<PartitionGap> Gaps { get; }

    /// <summary>
    /// A partition from an untrusted source, for instance a file. Nothing is checked here: <c>CertificateVerifier</c> does that.
    /// </summary>
    /// <param name="segmentOf">For each node its segment, from 0 to the number of segments - 1.</param>
    /// <param name="isEngine">For each segment whether it is an engine.</param>
    /// <param name="certificate">The proof.</param>
    public static Partition Claimed(int[] segmentOf, bool[] isEngine, Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(segmentOf);
        ArgumentNullException.ThrowIfNull(isEngine);
        return new Partition(segmentOf, Array.ConvertAll(isEngine, engine => engine ? 1 : 0), certificate, []);
    }

    internal Partition WithGaps(IReadOnlyList<PartitionGap> gaps) => new(this, gaps);

    private static PartitionSegment[] Collect(int[] segmentOf, ReadOnlySpan<int> levelNumbers)
    {
        int[] starts = new int[levelNumbers.Length + 1];
        foreach (int segment in segmentOf) starts[segment + 1]++;
        for (int segment = 0; segment < levelNumbers.Length; segment++)
            starts[segment + 1] += starts[segment];

        int[] nodes = new int[segmentOf.Length];
        int[] next = starts[..^1];
        for (int node = 0; node < segmentOf.Length; node++) nodes[next[segmentOf[node]]++] = node;
        var segments = new PartitionSegment[levelNumbers.Length];
        for (int id = 0; id < segments.Length; id++)
        {
            ReadOnlyMemory<int> members = nodes.AsMemory(starts[id], starts[id + 1] - starts[id]);
            segments[id] = new PartitionSegment(id, (levelNumbers[id] & 1) == 1, (levelNumbers[id] + 1) / 2, members);
        }
        return segments;
    }
}

/// <summary>One step of the partitioned graph: a group that becomes an engine, or nodes that fall back.</summary>
/// <param name="Id">Its index in <see cref="Partition.Segments"/>; no edge leads from a larger id to a smaller one.</param>
/// <param name="IsEngine">Whether its nodes become one engine.</param>
/// <param name="Level">
/// The largest number of engines on a path that ends here, this segment included: 1 to k for engines. A fallback segment has the
/// level of the engines before it. Several segments share a level when a constraint excludes the minimum.
/// </param>
/// <param name="Nodes">Its nodes, in ascending order.</param>
public readonly record struct PartitionSegment(int Id, bool IsEngine, int Level, ReadOnlyMemory<int> Nodes);

/// <summary>
/// Why a partition has no cycle and why no partition has fewer engines. <c>CertificateVerifier</c> checks both in O(V + E) without
/// trusting the partitioner.
/// </summary>
/// <param name="Bound">The number k of engines that every acyclic grouping needs.</param>
/// <param name="Witness">
/// A path of the graph, as nodes along its edges, with k maximal runs of supported nodes. Between two of its runs lies an
/// unsupported node, so they can never share a group. Empty when no node is supported.
/// </param>
/// <param name="Numbers">
/// A number for each segment, all different, that rises along every edge between segments: the contracted graph is acyclic.
/// </param>
public sealed record Certificate(int Bound, ReadOnlyMemory<int> Witness, ReadOnlyMemory<int> Numbers);

/// <summary>What one constraint costs compared with the unconstrained minimum.</summary>
/// <param name="Constraint">The name of the constraint.</param>
/// <param name="Engines">Additional engines that it causes; negative when groups fall back because of it.</param>
/// <param name="Reason">For reports.</param>
public sealed record PartitionGap(string Constraint, int Engines, string Reason);
