using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Observing;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;

namespace GraphPartition.Compiler;

/// <summary>A model after the passes, and its plan: the start of everything that can be done with a plan. It never changes.</summary>
/// <param name="Model">The model with the optimized graph.</param>
/// <param name="Plan">How that graph is partitioned.</param>
/// <param name="PassesMilliseconds">Time in passes.</param>
/// <param name="PartitionMilliseconds">Time in tagging, partitioning and checking.</param>
public sealed record Compilation(Model Model, PartitionPlan Plan, double PassesMilliseconds, double PartitionMilliseconds)
{
    /// <summary>What each pass did, in order.</summary>
    public ImmutableArray<PassReport> Passes { get; init; } = [];

    /// <summary>The passes that changed the graph, in order; empty unless <see cref="CompileOptions.KeepsGraphs"/>.</summary>
    public ImmutableArray<PassChange> Changes { get; init; } = [];

    /// <summary>Why passes left nodes as they are.</summary>
    public ImmutableArray<Refusal> Refusals { get; init; } = [];

    /// <summary>Nodes that were expressed in other operators for the target.</summary>
    public ImmutableArray<Expansion> Expansions { get; init; } = [];

    /// <summary>The fewest engines without these expansions; null where there are none.</summary>
    public int? EnginesWithoutExpansions { get; init; }

    /// <summary>What the graph was partitioned by, with the nodes that <see cref="Replan"/> moved to the fallback.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The FP32 constants that a conversion of types made 16-bit constants from.</summary>
    public IReadOnlyDictionary<Value, Value> Originals { get; init; } = ImmutableDictionary<Value, Value>.Empty;

    /// <summary>The TensorRT release that the plan is for.</summary>
    public required string Target { get; init; }

    /// <summary>The libraries that the model is compiled with.</summary>
    public ImmutableArray<UsedLibrary> Libraries { get; init; } = [];

    /// <summary>Types that were observed in one run of the model, not inferred.</summary>
    public ImmutableArray<ObservedValue> Observed { get; init; } = [];

    /// <summary>Warnings of the passes, and why nothing was observed.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>What TensorRT refused so far; null: refused nodes are not expanded.</summary>
    internal RefusedNodes? Refused { get; init; }

    /// <summary>
    /// Partitions the optimized model again without some nodes, for instance because no engine with them could be built. They are expanded
    /// if the policy is the operator table and takes all their parts; else they move to the fallback. What was moved before stays moved.
    /// </summary>
    /// <param name="moved">Nodes of the graph, or of bodies inside it, with the reason for each: a <see cref="Verdict.No"/>.</param>
    /// <param name="canExpand">Which of them may be expanded; null: all.</param>
    /// <exception cref="ModelException">GP3006: a constraint includes such a node in an engine.</exception>
    public Compilation Replan(IEnumerable<KeyValuePair<Node, Verdict>> moved, Func<Node, bool>? canExpand = null)
    {
        long start = Stopwatch.GetTimestamp();
        Compilation next = Refused is null ? Moved(Request with { Moved = Request.Moved.SetItems(moved) })
            : Refused.Without(this, moved, canExpand ?? (_ => true));
        return next with { PartitionMilliseconds = PartitionMilliseconds + Stopwatch.GetElapsedTime(start).TotalMilliseconds };
    }

    /// <summary>Partitions another form of the graph by the same request. What was moved stays moved.</summary>
    /// <param name="graph">The graph: nodes in other types, and Casts.</param>
    /// <param name="casts">The Casts that were added: none of them splits an engine or makes one.</param>
    public Compilation With(Graph graph, IEnumerable<Node> casts)
    {
        PlanRequest request = Request with { Casts = Request.Casts.Union(casts) };
        var plan = PartitionPlan.Of(graph, request);
        return this with { Model = Model with { Graph = graph }, Plan = plan, Request = request, Refused = null };
    }

    private Compilation Moved(PlanRequest request) => this with { Plan = PartitionPlan.Of(Model.Graph, request), Request = request };

    /// <summary>
    /// The compiled model, in the opset of the model's source, or the lowest above it that can express all nodes: runtimes execute it best.
    /// Its groups have no engines yet.
    /// </summary>
    /// <exception cref="ModelException">GP1012: no opset can express a node.</exception>
    public CompiledModel ToCompiledModel() =>
        new CompiledModel(Model, Plan.Cut, ToPlanFile().ToJson()) { Libraries = Libraries }.Lower();

    /// <summary>The plan in words and numbers, for people and for JSON.</summary>
    /// <param name="cost">Estimates what each engine saves; null: no estimates.</param>
    public PlanReport Explain(CostModel? cost = null) => PlanReport.Of(Plan, cost);

    /// <summary>The plan as a file that can be checked without the model.</summary>
    public PlanFile ToPlanFile() =>
        PlanFile.Of(Plan, new(Target, Request.SupportPolicy.Name, Request.Groups.ToString().ToLowerInvariant()));
}
