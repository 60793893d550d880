using System.Globalization;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.EngineBuilder;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Solving;

namespace GraphPartition.ExecutionProvider.Planning;

/// <summary>The plan of a graph of the host: which of its nodes form which group.</summary>
/// <param name="Plan">The plan of the imported graph.</param>
/// <param name="Groups">For each group the host's nodes.</param>
/// <param name="Engines">The engine of each group; null where it has none.</param>
/// <param name="Options">What it was planned with.</param>
internal sealed record GraphPlan(
    PartitionPlan Plan, ImmutableArray<ImmutableArray<HostNode>> Groups, ImmutableArray<PlannedEngine?> Engines, ProviderOptions Options)
{
    /// <summary>What the builds of engines warned about.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; private init; } = [];

    /// <summary>Plans a graph.</summary>
    /// <param name="graph">The host's graph.</param>
    /// <param name="options">The options.</param>
    /// <param name="build">Builds engines, and corrects the plan to what TensorRT takes; null: no engine is built.</param>
    /// <exception cref="ModelException">The graph or the constraints are wrong.</exception>
    public static GraphPlan Of(HostGraph graph, ProviderOptions options, Func<Compilation, EngineCompilation>? build)
    {
        HostModel source = HostModel.Of(graph);
        var places = new Dictionary<string, int>(source.Nodes.Count);
        for (int n = 0; n < source.Nodes.Count; n++) places[source.Nodes[n].Key] = n;
        var tracker = new OriginTracker(places);
        Model model = OnnxReader.Read(source.Bytes, new OnnxReadOptions
        {
            Rules = OperatorTable.Default,
            Normalizer = tracker,
            Resident = source.Resident,
        });
        int[] origins = [.. model.Graph.Nodes.Select(tracker.OriginOf)]; // the solver keeps the nodes in their places
        Graph solved = TypeSolver.SolveNew(model.Graph, OperatorTable.Default).OrThrow();
        Dictionary<Node, int> originOf = new(ReferenceEqualityComparer.Instance);
        for (int n = 0; n < origins.Length; n++) originOf[solved.Nodes[n]] = origins[n];

        var support = new HostSupport(options.Support,
            n => originOf.TryGetValue(n, out int o) && o >= 0 ? source.Nodes[o] : null, source.Incomplete);
        var request = new PlanRequest(support, options.Groups, options.Constraints);
        while (true)
        {
            PartitionPlan plan = PartitionPlan.Of(solved, request);
            EngineCompilation? built = null;
            Dictionary<Node, Verdict> split = Split(plan, origins, source);
            if (split.Count == 0 && build is not null && support.IsReal)
            {
                built = build(new Compilation(model with { Graph = solved }, plan, 0, 0)
                {
                    Request = request,
                    Target = options.Target.ToString(),
                });
                (plan, request) = (built.Compilation.Plan, built.Compilation.Request);
                split = Split(plan, origins, source);
            }
            if (split.Count == 0)
                return new(plan, GroupsOf(plan, origins, source),
                    [.. (built?.Compiled.Cut ?? plan.Cut).Groups.Select(PlannedEngine.Of)], options)
                { Warnings = built?.Report.Warnings ?? [] };
            request = request with { Moved = request.Moved.SetItems(split) };
        }
    }

    /// <summary>Why a group has to stay with the next provider, as the options say; null: it has not.</summary>
    public string? WhyLeft(int group)
    {
        if (Options.Recording != Recording.Only || Engines[group] is not null) return null;
        Graph nodes = Plan.Cut.Groups[group].Segment.Extract(Plan.Graph, weightsAsInputs: false, "group");
        return RecordingCheck.Objection(nodes, nodes.Outputs.All(v => v.Type is TensorType { Shape.IsStatic: true }));
    }

    /// <summary>One line: engines, minimum, fallback and what would save most.</summary>
    public string Summary(string graph)
    {
        PlanReport report = PlanReport.Of(Plan);
        string fallback = string.Join(", ", report.Fallback.Take(3).Select(f => $"{f.Op} {f.Count} ({f.Reason})"));
        BlockerRanking blockers = BlockerRanking.Of(Plan, OperatorTable.Default, Options.Target);
        string top = blockers.Blockers.FirstOrDefault(b => b.EnginesSaved > 0) is { } b
            ? $"; support for {b.Op} would save {b.EnginesSaved.ToString(CultureInfo.InvariantCulture)}" : "";
        return $"GraphPartition: graph '{graph}': {Groups.Length} groups{(Options.TensorRt is null ? "" : $" with {Engines.Count(e => e is not null)} engines")}, the minimum is {report.MinimumEngines}; "
            + $"{report.Nodes} nodes, {report.Supported} supported{(fallback.Length > 0 ? $"; not in groups: {fallback}" : "")}{top}";
    }

    /// <summary>Writes the plan file (<see cref="PlanFile"/>).</summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public void Write(string path)
    {
        string json = PlanFile.Of(Plan, new(Options.Target.ToString(), Options.Support.Name, Options.Groups.ToString().ToLowerInvariant()))
            .ToJson();
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(json)));
    }

    /// <summary>
    /// The host cannot split a node. If the parts that it became in the canonical opset are in different places, all of them fall back.
    /// </summary>
    private static Dictionary<Node, Verdict> Split(PartitionPlan plan, int[] origins, HostModel source)
    {
        Dictionary<Node, Verdict> split = new(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<int, int> parts in Enumerable.Range(0, origins.Length).GroupBy(n => origins[n]))
        {
            int[] nodes = [.. parts];
            if (nodes.Length == 1 || nodes.All(n => PlaceOf(plan, n) == PlaceOf(plan, nodes[0]))) continue;
            foreach (int n in nodes)
                if (plan.Placements[n].IsYes)
                    split.Add(plan.Graph.Nodes[n], Verdict.No(
                        $"{source.Nodes[parts.Key].Label} stands for {nodes.Length} nodes that are in different places", "execution provider"));
        }
        return split;
    }

    private static int PlaceOf(PartitionPlan plan, int node) => plan.Placements[node].IsYes ? plan.Partitioning.SegmentOf[node] : -1;

    private static ImmutableArray<ImmutableArray<HostNode>> GroupsOf(PartitionPlan plan, int[] origins, HostModel source) =>
        [.. plan.Cut.Groups.Select(g => g.Segment.Nodes.Select(n => origins[n]).Distinct().Order().Select(o => source.Nodes[o])
            .ToImmutableArray())];
}
