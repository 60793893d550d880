namespace GraphPartition.Partitioning.Checking;

/// <summary>
/// Checks a partition against the graph without trusting the partitioner: that it is acyclic, and that its bound is a lower bound
/// of the number of engines. O(V + E).
/// </summary>
public static class CertificateVerifier
{
    /// <summary>Checks everything that the certificate claims.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="supported">Which nodes an engine may take.</param>
    /// <param name="partitioning">The partition with its certificate.</param>
    /// <returns>A sentence for each fault; empty when partition and certificate are right.</returns>
    public static IReadOnlyList<string> Verify(PartitionGraph graph, ReadOnlySpan<bool> supported, Partition partitioning)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(partitioning);
        if (supported.Length != graph.NodeCount || partitioning.SegmentOf.Length != graph.NodeCount)
            return [$"{graph.NodeCount} nodes, {supported.Length} marks and {partitioning.SegmentOf.Length} assignments"];

        var faults = new List<string>();
        CheckAssignment(supported, partitioning, faults);
        if (faults.Count == 0)
        {
            CheckNumbers(graph, partitioning, faults);
            CheckWitness(graph, supported, partitioning.Certificate, faults);
            if (partitioning.EngineCount < partitioning.Bound && AllSupportedInEngines(supported, partitioning))
                faults.Add($"{partitioning.EngineCount} engines are fewer than the bound {partitioning.Bound}");
        }
        return faults;
    }

    // Each node is listed once, by the segment that it is assigned to, and engines hold supported nodes only.
    private static void CheckAssignment(ReadOnlySpan<bool> supported, Partition partitioning, List<string> faults)
    {
        int listed = 0;
        for (int id = 0; id < partitioning.Segments.Count; id++)
        {
            PartitionSegment segment = partitioning.Segments[id];
            int previous = -1;
            foreach (int node in segment.Nodes.Span)
            {
                listed++;
                if (node <= previous || node >= supported.Length || partitioning.SegmentOf[node] != id)
                {
                    faults.Add($"segment {id} lists node {node}, which is repeated, unknown or assigned to another segment");
                    return;
                }
                if (segment.IsEngine && !supported[node])
                    faults.Add($"engine {id} holds node {node}, which is not supported");

                previous = node;
            }
            if (segment.Id != id || segment.Nodes.IsEmpty)
                faults.Add($"segment {id} is empty or has the id {segment.Id}");
        }
        if (listed != supported.Length) faults.Add($"{listed} of {supported.Length} nodes are in a segment");
    }

    // Upper bound: different segments have different numbers, and no edge leads to a smaller one. So there is no cycle.
    private static void CheckNumbers(PartitionGraph graph, Partition partitioning, List<string> faults)
    {
        ReadOnlySpan<int> numbers = partitioning.Certificate.Numbers.Span;
        if (numbers.Length != partitioning.Segments.Count || new HashSet<int>(numbers.ToArray()).Count != numbers.Length)
        {
            faults.Add("the segments do not have one number each, all different");
            return;
        }
        for (int node = 0; node < graph.NodeCount; node++)
        {
            int number = numbers[partitioning.SegmentOf[node]];
            foreach (int successor in graph.Successors(node))
            {
                if (numbers[partitioning.SegmentOf[successor]] < number)
                {
                    faults.Add($"the edge from node {node} to node {successor} leads to a smaller number");
                    return;
                }
            }
        }
    }

    // Lower bound: the witness is a path, and the supported nodes on it form as many separate runs as the bound.
    private static void CheckWitness(
        PartitionGraph graph, ReadOnlySpan<bool> supported, Certificate certificate, List<string> faults)
    {
        int runs = 0;
        int previous = -1;
        foreach (int node in certificate.Witness.Span)
        {
            if (node < 0 || node >= graph.NodeCount || (previous >= 0 && !graph.Successors(previous).Contains(node)))
            {
                faults.Add($"the witness goes from node {previous} to node {node}, which are not joined by an edge");
                return;
            }
            runs += supported[node] && (previous < 0 || !supported[previous]) ? 1 : 0;
            previous = node;
        }
        if (runs != certificate.Bound)
            faults.Add($"the witness has {runs} runs of supported nodes, the bound is {certificate.Bound}");
    }

    private static bool AllSupportedInEngines(ReadOnlySpan<bool> supported, Partition partitioning)
    {
        for (int node = 0; node < supported.Length; node++)
        {
            if (supported[node] && !partitioning.Segments[partitioning.SegmentOf[node]].IsEngine)
                return false;
        }
        return true;
    }
}
