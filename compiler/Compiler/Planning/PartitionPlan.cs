using System.Runtime.InteropServices;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Connected;
using GraphPartition.Partitioning.Constraints;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;

namespace GraphPartition.Compiler.Planning;

/// <summary>Which nodes are in which engine, which fall back and why, and the proof that fewer engines are impossible.</summary>
/// <param name="Graph">The graph that is partitioned.</param>
/// <param name="Tags">For each node whether an engine may take it; if not, the reason.</param>
/// <param name="Topology">The graph as the partitioner sees it.</param>
/// <param name="Partitioning">The partition as indices, with its certificate.</param>
/// <param name="Cut">The same as parts of the graph, those of bodies too.</param>
public sealed record PartitionPlan(
    Graph Graph, ImmutableArray<Verdict> Tags, PartitionGraph Topology, Partition Partitioning, Cut Cut)
{
    /// <summary>The segments of the graph, in an executable order.</summary>
    public ImmutableArray<GraphSegment> Segments => Cut.Segments;

    /// <summary>What may form a group.</summary>
    public GroupMode Groups { get; init; } = GroupMode.Minimum;

    /// <summary>For each node whether it is in an engine; if not, the reason is its tag or the constraint that excluded it.</summary>
    public required ImmutableArray<Verdict> Placements { get; init; }

    /// <summary>What the boundaries cost.</summary>
    public required BoundaryCost Boundaries { get; init; }

    /// <summary>How the segments were chosen among those with as few engines.</summary>
    public required BoundaryMethod Method { get; init; }

    /// <summary>The plans of bodies inside nodes that fall back, in the order of the nodes.</summary>
    public ImmutableArray<BodyPlan> Bodies { get; init; } = [];

    /// <summary>Tensors that leave one segment for another, or for the caller; inputs of the graph are not counted.</summary>
    public int BoundaryTensors => Segments.Sum(s => s.Outputs.Length);

    /// <summary>The engines of this graph and of the bodies inside its nodes.</summary>
    public int TotalEngines => Partitioning.EngineCount + Bodies.Sum(b => b.Plan.TotalEngines);

    /// <summary>
    /// Partitions a graph, and recursively the bodies of nodes that fall back, and checks the result independently.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="request">What it is partitioned by.</param>
    /// <param name="firstEngine">The number of the first engine; those of bodies follow those of the graph.</param>
    /// <exception cref="ModelException">GP3006, GP3007: constraints contradict each other or the graph.</exception>
    /// <exception cref="InternalCompilerException">The partition is wrong: an error in this program.</exception>
    public static PartitionPlan Of(Graph graph, PlanRequest request, int firstEngine = 0)
    {
        Verdict[] tags = request.Tag(graph);
        PartitionGraph topology = GraphTopology.Of(graph);
        bool[] supported = [.. tags.Select(t => t.IsYes)];
        Verdict[] placements = tags;
        BoundaryMethod method = BoundaryMethod.Constrained;
        Partition partitioning;
        if (request.Constraints.ConcernsGraph(graph))
        {
            placements = [.. tags];
            partitioning = Constrained(graph, request, tags, topology, placements);
        }
        else
        {
            (partitioning, method) = Partition(topology, supported, request.Groups);
            if (WithWholeUnits(graph, topology, supported, request.Groups, partitioning) is { } whole)
                (partitioning, method) = (whole, BoundaryMethod.Constrained);
        }

        if (request.SupportPolicy.Separated(graph, tags, partitioning.SegmentOf.ToArray()) is { Count: > 0 } separated)
        {
            var moved = separated.Select(s => KeyValuePair.Create(graph.Nodes[s.Node], s.No));
            return Of(graph, request with { Moved = request.Moved.AddRange(moved) }, firstEngine);
        }

        if (AcyclicityChecker.FindCycle(topology, partitioning.SegmentOf) is { } cycle)
            throw new InternalCompilerException("partition", $"the contracted graph has a cycle: {cycle}");
        if (CertificateVerifier.Verify(topology, supported, partitioning) is { Count: > 0 } faults)
            throw new InternalCompilerException("partition", string.Join("; ", faults));

        bool[] isEngine = [.. partitioning.Segments.Select(s => s.IsEngine)];
        ImmutableArray<BodyPlan> bodies = BodyPlan.AllOf(graph, placements, request, partitioning.EngineCount, firstEngine);
        Cut cut = Cut.Of(graph, partitioning.SegmentOf, isEngine, (place, segment) => new(firstEngine + place, segment),
            [.. bodies.Select(b => new BodyCut(b.Node, b.Body, b.Plan.Cut))]);
        // Nothing changes the two arrays any more.
        return new(graph, ImmutableCollectionsMarshal.AsImmutableArray(tags), topology, partitioning, cut)
        {
            Groups = request.Groups,
            Placements = ImmutableCollectionsMarshal.AsImmutableArray(placements),
            Boundaries = BoundaryCost.Of(topology, partitioning),
            Method = method,
            Bodies = bodies,
        };
    }

    /// <summary>A partition with no more engines that splits no quantized unit; null: the given one is such, or there is none.</summary>
    private static Partition? WithWholeUnits(
        Graph graph, PartitionGraph topology, bool[] supported, GroupMode groups, Partition given)
    {
        AtomicUnit[] units = QuantizedUnits.Split(graph, supported, given.SegmentOf);
        if (units.Length == 0) return null;
        ConstrainedResult result = ConstrainedPartitioner.Partition(topology, supported,
            new() { AtomicUnits = units, Connected = groups == GroupMode.Connected, NameOf = n => graph.Nodes[n].DisplayName });
        return result is { Partitioning: { } whole, Dropped: [] } && whole.EngineCount <= given.EngineCount ? whole : null;
    }

    private static Partition Constrained(Graph graph, PlanRequest request, Verdict[] tags, PartitionGraph topology, Verdict[] placements)
    {
        ResolvedConstraints resolved = ConstraintResolver.Resolve(graph, tags, request.Constraints, request.Groups);
        ConstrainedResult plan = ConstrainedPartitioner.Partition(topology, [.. tags.Select(t => t.IsYes)], resolved.Constraints);
        if (plan.Partitioning is null)
            throw new ModelException([.. plan.Contradictions.Select(c => CompilerCodes.ContradictoryConstraints.At(graph.Name, c))]);
        foreach (DroppedNodes dropped in plan.Dropped)
            foreach (int n in dropped.Nodes)
                placements[n] = Verdict.No(resolved.ExcludedBy.TryGetValue(n, out string? by) && dropped.Constraint == "exclude"
                    ? $"excluded by {by}" : $"{dropped.Constraint}: {dropped.Reason}", dropped.Constraint);
        return plan.Partitioning;
    }

    /// <summary>The fewest engines of a graph, bodies and constraints aside.</summary>
    internal static int FewestEngines(Graph graph, SupportPolicy support) =>
        LevelPartitioner.Segments(GraphTopology.Of(graph), [.. support.Tag(graph).Select(t => t.IsYes)]).Engines;

    /// <summary>For each node the name of its first result and where it is; in bodies too.</summary>
    internal IEnumerable<(string Result, Verdict Placement)> Results()
    {
        for (int n = 0; n < Graph.Nodes.Length; n++)
            if (Graph.Nodes[n].Output(0) is { } result) yield return (result.Name, Placements[n]);
        foreach (BodyPlan body in Bodies)
            foreach (var placed in body.Plan.Results()) yield return placed;
    }

    /// <summary>The partition that <see cref="Of"/> makes where there are no constraints.</summary>
    internal static (Partition Partitioning, BoundaryMethod Method) Partition(
        PartitionGraph topology, ReadOnlySpan<bool> supported, GroupMode groups)
    {
        if (groups == GroupMode.Connected) return (ConnectedPartitioner.Partition(topology, supported), BoundaryMethod.Constrained);
        BoundaryResult best = BoundaryOptimizer.Optimize(topology, supported);
        return (best.Partitioning, best.IsExact ? BoundaryMethod.Exact : BoundaryMethod.Heuristic);
    }
}

/// <summary>How segments were chosen among those with as few engines.</summary>
public enum BoundaryMethod
{
    /// <summary>No plan with as few engines moves fewer bytes times boundaries.</summary>
    Exact,
    /// <summary>Few bytes cross boundaries, but not provably the fewest: the graph is large.</summary>
    Heuristic,
    /// <summary>Constraints or connected groups decided.</summary>
    Constrained,
}
