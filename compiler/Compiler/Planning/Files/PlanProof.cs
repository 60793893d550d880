using System.Text.Json.Serialization;
using GraphPartition.CompiledModels;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compiler.Planning.Files;

/// <summary>
/// Everything that is needed to check a plan without the model: the edges between nodes, the segment of each node, and the certificate.
/// The numbers of nodes and segments are their places in the lists.
/// </summary>
/// <param name="Nodes">The nodes of the graph.</param>
/// <param name="Segments">A number for each segment, rising along every edge between segments; odd numbers are engines.</param>
/// <param name="Bound">The number of engines that every plan of the supported nodes needs.</param>
/// <param name="Witness">Nodes along a path that enters so many engines.</param>
public sealed record PlanProof(
    ImmutableArray<NodeRecord> Nodes, ImmutableArray<SegmentRecord> Segments, int Bound, ImmutableArray<int> Witness)
{
    /// <summary>The same for bodies that have engines of their own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BodyProof>? Bodies { get; init; }

    /// <summary>The engines here and in the bodies.</summary>
    [JsonIgnore]
    public int TotalEngines => Segments.Count(s => s.Engine) + (Bodies?.Sum(b => b.Proof.TotalEngines) ?? 0);

    /// <summary>The proof of a plan.</summary>
    public static PlanProof Of(PartitionPlan plan)
    {
        Partition partitioning = plan.Partitioning;
        var nodes = ImmutableArray.CreateBuilder<NodeRecord>(plan.Graph.Nodes.Length);
        for (int n = 0; n < plan.Graph.Nodes.Length; n++)
        {
            Node node = plan.Graph.Nodes[n];
            ImmutableArray<int> reads = [.. plan.Topology.Predecessors(n)];
            nodes.Add(new(node.DisplayName, node.Op.ToString(), reads, plan.Tags[n].IsYes, partitioning.SegmentOf[n])
            {
                Reason = plan.Placements[n].Reason,
                Key = ContentKey.Of(node),
            });
        }
        ReadOnlySpan<int> numbers = partitioning.Certificate.Numbers.Span;
        var segments = ImmutableArray.CreateBuilder<SegmentRecord>(numbers.Length);
        for (int s = 0; s < numbers.Length; s++) segments.Add(new(numbers[s], partitioning.Segments[s].IsEngine));
        return new(nodes.MoveToImmutable(), segments.MoveToImmutable(), partitioning.Bound, [.. partitioning.Certificate.Witness.Span])
        {
            Bodies = plan.Bodies.IsEmpty ? null : [.. plan.Bodies.Select(b => new BodyProof(b.Node, b.Body, Of(b.Plan)))],
        };
    }

    /// <summary>Checks the plan and its certificate. O(nodes + edges).</summary>
    /// <returns>A sentence for each fault; empty where there is none.</returns>
    public IReadOnlyList<string> Verify()
    {
        var faults = new List<string>();
        PartitionGraph? graph = Graph(faults);
        if (graph is not null)
        {
            int[] segmentOf = [.. Nodes.Select(n => n.Segment)];
            bool[] supported = [.. Nodes.Select(n => n.Supported)];
            var certificate = new Certificate(Bound, Witness.ToArray(), Segments.Select(s => s.Number).ToArray());
            var claimed = Partition.Claimed(segmentOf, [.. Segments.Select(s => s.Engine)], certificate);
            faults.AddRange(CertificateVerifier.Verify(graph, supported, claimed));
            if (AcyclicityChecker.FindCycle(graph, segmentOf) is { } cycle)
                faults.Add($"the segments form a cycle: {cycle.ToString(n => Nodes[n].Name, s => $"segment {s}")}");
        }
        foreach (BodyProof body in Bodies ?? [])
            faults.AddRange(body.Proof.Verify().Select(f => $"body {body.Body} of {Nodes.ElementAtOrDefault(body.Node)?.Name}: {f}"));
        return faults;
    }

    // Null, with the faults, where the numbers in the file do not form a graph.
    private PartitionGraph? Graph(List<string> faults)
    {
        var builder = new PartitionGraphBuilder();
        foreach (NodeRecord _ in Nodes) builder.AddTensor(builder.AddNode(), 1);
        for (int n = 0; n < Nodes.Length; n++)
        {
            if (Nodes[n].Segment < 0 || Nodes[n].Segment >= Segments.Length)
                faults.Add($"{Nodes[n].Name} is in segment {Nodes[n].Segment} of {Segments.Length}");
            foreach (int read in Nodes[n].Reads)
            {
                if (read < 0 || read >= Nodes.Length) faults.Add($"{Nodes[n].Name} reads node {read} of {Nodes.Length}");
                else builder.AddReader(read, n);
            }
        }
        foreach (int n in Witness)
            if (n < 0 || n >= Nodes.Length) faults.Add($"the witness passes node {n} of {Nodes.Length}");
        if (faults.Count > 0) return null;
        if (!builder.TryBuild(out PartitionGraph? graph, out IReadOnlyList<int> cycle))
            faults.Add($"the nodes form a cycle: {string.Join(" -> ", cycle.Select(n => Nodes[n].Name))}");
        return graph;
    }
}

/// <summary>A node of a plan.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Reads">The nodes whose tensors it reads.</param>
/// <param name="Supported">Whether an engine may take it.</param>
/// <param name="Segment">The segment that it is in.</param>
public sealed record NodeRecord(string Name, string Op, ImmutableArray<int> Reads, bool Supported, int Segment)
{
    /// <summary>Why it is in no engine; left out where it is in one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>What it does (<see cref="ContentKey.Of(Node)"/>); left out in files of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }
}

/// <summary>A segment of a plan.</summary>
/// <param name="Number">All different, and never falling along an edge: so there is no cycle.</param>
/// <param name="Engine">Whether it is an engine.</param>
public sealed record SegmentRecord(int Number, bool Engine);

/// <summary>The proof for a body.</summary>
/// <param name="Node">The If, Loop or Scan.</param>
/// <param name="Body">Which of its bodies.</param>
/// <param name="Proof">The proof.</param>
public sealed record BodyProof(int Node, int Body, PlanProof Proof);
