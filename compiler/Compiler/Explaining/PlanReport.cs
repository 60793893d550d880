using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Observing;
using GraphPartition.Compiler.Planning;
using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compiler.Explaining;

/// <summary>A plan as data for people and tools; its JSON form is what <c>gpc plan --json</c> prints.</summary>
public sealed record PlanReport
{
    /// <summary>The number of nodes of the graph.</summary>
    public required int Nodes { get; init; }

    /// <summary>The number of nodes before the passes; left out where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NodesBeforePasses { get; init; }

    /// <summary>The number of nodes that an engine may take.</summary>
    public required int Supported { get; init; }

    /// <summary>The engine groups in an executable order.</summary>
    public required ImmutableArray<EngineReport> Engines { get; init; }

    /// <summary>The number of these engines that lose time by the cost model; left out where there are none, or no estimates.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? LosingEngines => Engines.Count(e => e.Estimate?.GainMicroseconds < 0) is > 0 and var losing ? losing : null;

    /// <summary>Whether the estimates are for a device of which something was assumed; left out where there are no estimates.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IsDeviceAssumed { get; init; }

    /// <summary>The proven lower bound on the number of engines.</summary>
    public required int MinimumEngines { get; init; }

    /// <summary>Whether there are as few engines as can be.</summary>
    public required bool IsMinimum { get; init; }

    /// <summary>Where there are more engines than the minimum: what constraint costs how many, and why.</summary>
    public required ImmutableArray<GapReport> Gaps { get; init; }

    /// <summary>Pairs of adjacent engines that cannot be merged, with the paths that block them; left out at the minimum.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BlockedPair>? Blocked { get; init; }

    /// <summary>Nodes on a path that enters <see cref="MinimumEngines"/> engines: why there cannot be fewer.</summary>
    public required ImmutableArray<string> Witness { get; init; }

    /// <summary>The number of segments, engines and fallback, that execute one after another.</summary>
    public required int Segments { get; init; }

    /// <summary>The number of tensors that leave a segment.</summary>
    public required int BoundaryTensors { get; init; }

    /// <summary>The sum over tensors of bytes times segment boundaries crossed.</summary>
    public double BoundaryBytes { get; init; }

    /// <summary>Whether no plan with as few engines has fewer boundary bytes: exact, or else heuristic or constrained.</summary>
    public string BoundaryMethod { get; init; } = "";

    /// <summary>The plans of bodies inside nodes that fall back; engines there are numbered on from those here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BodyReport>? Bodies { get; init; }

    /// <summary>What stays with the fallback, the most frequent first.</summary>
    public required ImmutableArray<FallbackReport> Fallback { get; init; }

    /// <summary>The operators whose support would save most, in that order; left out where not requested.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<Blocker>? Blockers { get; init; }

    /// <summary>Types that one run of the model showed, since inference leaves them open; left out where nothing was observed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<ObservedReport>? Observed { get; init; }

    /// <summary>What each run of a pass did, in order; left out where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<PassReport>? Passes { get; init; }

    /// <summary>Nodes that were expressed in other operators, because the target lacks theirs; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<ExpansionReport>? Expansions { get; init; }

    /// <summary>The fewest engines without these expansions; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? EnginesWithoutExpansions { get; init; }

    /// <summary>Why passes left nodes as they are; left out where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<Refusal>? Refusals { get; init; }

    /// <summary>How long it took; left out where the report must be the same every time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StageTimes? Milliseconds { get; init; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // node names hold '<' and '+'; this is not a web page
    };

    private const int MostBlockedPairs = 50; // each costs a walk over the graph

    /// <summary>The report of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cost">Estimates what each engine saves; null: no estimates.</param>
    public static PlanReport Of(PartitionPlan plan, CostModel? cost = null)
    {
        Graph graph = plan.Graph;
        Partition partitioning = plan.Partitioning;
        var engines = new EngineReport[plan.Cut.Groups.Length];
        Parallel.For(0, engines.Length, i =>
        {
            (int id, GraphSegment s) = plan.Cut.Groups[i];
            engines[i] = new(id, partitioning.Segments[s.Index].Level, Names(graph, s.Nodes.AsSpan()),
                [.. s.Inputs.Select(v => v.Name)], [.. s.Outputs.Select(v => v.Name)])
            {
                Estimate = cost?.Estimate(graph, partitioning.SegmentOf, s),
            };
        });
        return new()
        {
            Nodes = graph.Nodes.Length,
            Supported = plan.Tags.Count(t => t.IsYes),
            Engines = [.. engines],
            IsDeviceAssumed = cost is null ? null : !cost.Device.IsMeasured,
            MinimumEngines = partitioning.Bound,
            IsMinimum = partitioning.IsMinimum,
            Blocked = partitioning.EngineCount > partitioning.Bound ? Separation.BlockedPairs(plan, MostBlockedPairs) : null,
            Gaps = [.. partitioning.Gaps.Select(g => new GapReport(g.Constraint, g.Engines, g.Reason))],
            Witness = Names(graph, partitioning.Certificate.Witness.Span),
            Segments = plan.Segments.Length,
            BoundaryTensors = plan.BoundaryTensors,
            BoundaryBytes = (double)plan.Boundaries.ByteBoundaries,
            BoundaryMethod = plan.Method.ToString().ToLowerInvariant(),
            Bodies = BodiesOf(plan, cost),
            Fallback = [.. Enumerable.Range(0, graph.Nodes.Length)
                .Where(n => !plan.Placements[n].IsYes)
                .GroupBy(n => (Op: graph.Nodes[n].Op.ToString(), Reason: plan.Placements[n].Reason!))
                .Select(g => new FallbackReport(g.Key.Op, g.Count(), g.Key.Reason))
                .OrderByDescending(f => f.Count).ThenBy(f => f.Op, StringComparer.Ordinal).ThenBy(f => f.Reason, StringComparer.Ordinal)],
        };
    }

    /// <summary>The JSON form: camel case, indented, keys in the order above.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Writes the JSON form as UTF-8, without holding all of it in memory: it names every node.</summary>
    public void WriteJson(Stream to) => JsonSerializer.Serialize(to, this, Json);

    private static List<BodyReport>? BodiesOf(PartitionPlan plan, CostModel? cost) => plan.Bodies.IsEmpty ? null
        : [.. plan.Bodies.Select(b => new BodyReport(plan.Graph.Nodes[b.Node].DisplayName, b.Body, Of(b.Plan, cost)))];

    private static ImmutableArray<string> Names(Graph graph, ReadOnlySpan<int> nodes)
    {
        var names = ImmutableArray.CreateBuilder<string>(nodes.Length);
        foreach (int n in nodes) names.Add(graph.Nodes[n].DisplayName);
        return names.MoveToImmutable();
    }
}

/// <summary>An engine group.</summary>
/// <param name="Id">Its number in the compiled model (TrtNode_id).</param>
/// <param name="Level">The number of engines on the longest path that ends in it.</param>
/// <param name="Nodes">The names of its nodes.</param>
/// <param name="Inputs">The names of its inputs, without weights.</param>
/// <param name="Outputs">The names of its outputs.</param>
public sealed record EngineReport(
    int Id, int Level, ImmutableArray<string> Nodes, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs)
{
    /// <summary>The estimates of the cost model; left out where not requested.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupEstimate? Estimate { get; init; }
}

/// <summary>The plan of a body.</summary>
/// <param name="Node">The If, Loop or Scan.</param>
/// <param name="Body">Which of its bodies, in the order of its attributes.</param>
/// <param name="Plan">The plan.</param>
public sealed record BodyReport(string Node, int Body, PlanReport Plan);

/// <summary>What a constraint costs against the unconstrained minimum.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Engines">How many engines more (or fewer, where it drops groups).</param>
/// <param name="Reason">Why.</param>
public sealed record GapReport(string Constraint, int Engines, string Reason);

/// <summary>Nodes of one operator that fell back for one reason.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Count">The number of nodes.</param>
/// <param name="Reason">Why no engine may take them.</param>
public sealed record FallbackReport(string Op, int Count, string Reason);

/// <summary>Nodes of one operator that were expressed in other operators for one reason.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Count">The number of nodes.</param>
/// <param name="Reason">Why the target does not take them as they are.</param>
public sealed record ExpansionReport(string Op, int Count, string Reason)
{
    /// <summary>The expansions of a compilation, grouped, the most frequent first.</summary>
    /// <returns>The groups, or null where nothing was expanded.</returns>
    public static ImmutableArray<ExpansionReport>? Of(IReadOnlyList<Expansion> expansions) => expansions.Count == 0 ? null :
        [.. expansions.GroupBy(e => (e.Op, e.Reason))
            .Select(g => new ExpansionReport(g.Key.Op.ToString(), g.Count(), g.Key.Reason))
            .OrderByDescending(e => e.Count).ThenBy(e => e.Op, StringComparer.Ordinal)];
}

/// <summary>How long the stages took, in milliseconds.</summary>
public sealed record StageTimes(double Import, double Passes, double Partition, double Total);

/// <summary>A type that was observed, not inferred.</summary>
/// <param name="Value">The value.</param>
/// <param name="Node">The node that defines it.</param>
/// <param name="Type">The element type and the sizes in that run, as ranges where they changed.</param>
public sealed record ObservedReport(string Value, string Node, string Type)
{
    /// <summary>The reports of a plan; null where nothing was observed.</summary>
    public static ImmutableArray<ObservedReport>? Of(ImmutableArray<ObservedValue> observed) =>
        observed.IsEmpty ? null : [.. observed.Select(o => new ObservedReport(o.Value, o.Node, o.Type.ToString()))];
}
