using System.Diagnostics;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Observing;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler;

/// <summary>
/// The whole flow: passes, tagging, partitioning. Deterministic: equal models and options give equal results.
/// </summary>
/// <param name="operators">The operators, with their types and TensorRT support.</param>
/// <param name="options">The options.</param>
public sealed class ModelCompiler(OperatorTable operators, CompileOptions options)
{
    private readonly SupportPolicy _support = Sized(options.SupportPolicy ?? new TableSupport(operators, options.Target), options.Sized);

    /// <summary>A measured profile decides by itself which engines are worth it, but only about engines that can be built.</summary>
    private PlanConstraints Constraints => options.Constraints is { MinProfit: null, Device.IsMeasured: true } given && _support.IsReal
        ? given with { MinProfit = 0 } : options.Constraints;

    /// <summary>Optimizes and partitions a model.</summary>
    /// <exception cref="ModelException">The model or the options are wrong.</exception>
    public Compilation Plan(Model model)
    {
        Stopwatch passes = Stopwatch.StartNew(), partition = new();
        (model, PassContext context, PassRunner runner) = Prepared(model);
        Graph simplified = Simplified(model.Graph, runner);
        int simplifying = runner.Reports.Count;
        ImmutableHashSet<string> kept = [];
        Attempt made = Attempted(model, Expanded(simplified, runner, kept), passes, partition);
        // A node whose parts are in no engine after all stays as it is: the fallback has a kernel for it.
        while (Idle(context.Expansions, made.Plan) is { Length: > 0 } idle)
        {
            kept = kept.Union(idle.Select(i => i.Expansion.Result));
            foreach ((Expansion expansion, Verdict no) in idle) context.Refuse(nameof(ExpandForTarget), expansion, no.Reason!);
            context.ForgetExpansions();
            runner.Rewind(simplifying);
            passes.Start();
            made = Attempted(model with { SourceOpset = made.Model.SourceOpset }, Expanded(simplified, runner, kept), passes, partition);
        }
        Compilation compilation = new(
            made.Model with { Training = [] }, made.Plan, passes.Elapsed.TotalMilliseconds, partition.Elapsed.TotalMilliseconds)
        {
            Request = made.Request,
            Originals = made.Originals,
            Target = options.Target.ToString(),
            Expansions = [.. context.Expansions],
            EnginesWithoutExpansions = context.Expansions.Count == 0 ? null : PartitionPlan.FewestEngines(simplified, _support),
            Passes = [.. runner.Reports],
            Changes = [.. runner.Changes],
            Refusals = [.. context.Refusals],
            Observed = made.Observed.Values,
            Diagnostics = [.. context.Scope.Diagnostics, .. NotWritable(made.Model),
                .. made.Unmatched, .. _support.Unmatched([made.Model.Graph, model.Graph]),
                .. made.Observed.Failure is { } failure ? [failure] : Array.Empty<Diagnostic>()],
            Libraries = options.Libraries,
        };
        if (!options.Expand || _support is not TableSupport) return compilation;
        ObservedValues observed = made.Observed;
        return compilation with { Refused = new(compilation, Expand) { Typed = g => observed.In(g, operators) } };

        (Graph, ImmutableArray<Expansion>) Expand(Graph before, ImmutableDictionary<Node, Verdict> refused, Func<Node, bool> keeps)
        {
            context.ForgetExpansions();
            return (Expanded(before, runner, refused, keeps), [.. context.Expansions]);
        }
    }

    /// <summary>An expanded graph after the conversion of its types, and its plan.</summary>
    private sealed record Attempt(
        Model Model, IReadOnlyDictionary<Value, Value> Originals, ObservedValues Observed, PlanRequest Request, PartitionPlan Plan,
        ImmutableArray<Diagnostic> Unmatched);

    /// <summary>Converts the types of an expanded graph, observes it and partitions it.</summary>
    private Attempt Attempted(Model model, Graph graph, Stopwatch passes, Stopwatch partition)
    {
        ConvertedGraph converted = options.Precision?.Convert(model with { Graph = graph }, operators, _support.Tag)
            ?? new(graph, [], model.SourceOpset);
        Model own = model with { Graph = converted.Graph, SourceOpset = Math.Max(model.SourceOpset, converted.SourceOpset) };
        ObservedValues observed = options.Observer is { } observer ? ObservedValues.Of(own, operators, observer) : ObservedValues.None;
        passes.Stop();

        partition.Start();
        var unmatched = ConstraintResolver.CheckNames(options.Constraints, [own.Graph, model.Graph], operators);
        var request = new PlanRequest(Sized(_support, observed.Values.Select(v => v.Value)), options.Groups, Constraints)
        {
            Typed = observed.Typed,
            Casts = converted.Casts,
        };
        var plan = PartitionPlan.Of(own.Graph, request);
        partition.Stop();
        return new(own, converted.Originals, observed, request, plan, unmatched);
    }

    /// <summary>
    /// The expansions of which a part is in the fallback: and none in an engine, or because nothing bounds its sizes, as only the whole
    /// graph shows. Each with the reason.
    /// </summary>
    internal static (Expansion Expansion, Verdict No)[] Idle(IReadOnlyList<Expansion> expansions, PartitionPlan plan)
    {
        if (expansions.Count == 0) return [];
        HashSet<string> parts = [.. expansions.SelectMany(e => e.Parts)];
        Dictionary<string, Verdict> placed = [];
        foreach (var (result, placement) in plan.Results())
            if (parts.Contains(result)) placed[result] = placement;
        var idle = new List<(Expansion, Verdict)>();
        foreach (Expansion expansion in expansions)
        {
            Verdict[] own = [.. expansion.Parts.Where(placed.ContainsKey).Select(p => placed[p])];
            Verdict open = own.FirstOrDefault(v => v.Rule == OperatorTable.UnboundedRule);
            if (open.Rule is not null) idle.Add((expansion, open));
            else if (own.Length > 0 && own.All(v => !v.IsYes)) idle.Add((expansion, own[0]));
        }
        return [.. idle];
    }

    /// <summary>Nodes that keep the meaning of an old opset, if no opset that can be written has it.</summary>
    private static IEnumerable<Diagnostic> NotWritable(Model model)
    {
        if (!KeepsVersions(model.Graph)) return [];
        var lowered = OpsetExport.TryLower(model, OpsetExport.OldestOf(model), OperatorSchemas.NewestWritten, out var faults);
        return lowered is not null ? [] : faults.Select(f => CompilerCodes.NotWritable.At(f.Where, f.Message));

        static bool KeepsVersions(Graph graph) => graph.Nodes.Any(n => n.Version != 0 || n.Attributes.Bodies().Any(KeepsVersions));
    }

    /// <summary>Fixes the input shapes and applies the passes, and does nothing else: the model is for no target.</summary>
    /// <returns>The model with the optimized graph, and what each pass did.</returns>
    /// <exception cref="ModelException">The model or the options are wrong.</exception>
    public SimplifiedModel Simplify(Model model)
    {
        (model, PassContext context, PassRunner runner) = Prepared(model);
        Graph graph = Simplified(model.Graph, runner);
        return new(model with { Graph = graph }, [.. runner.Reports], [.. context.Scope.Diagnostics]);
    }

    /// <summary>The model with its fixed shapes and solved types, and what its passes share.</summary>
    private (Model Model, PassContext Context, PassRunner Runner) Prepared(Model model)
    {
        model = FixedShapes.In(model, options.InputShapes, operators);
        model = model with { Graph = Solved(UniqueNames.Of(Verified("import", model.Graph))) };
        var context = new PassContext(model, operators)
        {
            Evaluator = options.Evaluator,
            FoldLimit = options.FoldLimit,
            UnrollLimit = options.UnrollLimit,
            Target = options.Target,
            Device = options.Constraints.Device,
        };
        return (model, context, new PassRunner(context)
        {
            Verify = options.Verify,
            KeepsGraphs = options.KeepsGraphs,
            Dump = options.Dump,
        });
    }

    private Graph Simplified(Graph graph, PassRunner runner)
    {
        Graph simplified = Verified("passes", runner.Run(Passes, graph));
        return graph.HasAnyOf("If") ? Solved(simplified) : simplified; // branches that were inlined tell more
    }

    private static SupportPolicy Sized(SupportPolicy support, IEnumerable<string> names) =>
        support is TableSupport table && names.Any() ? table.With(names) : support;

    private Pipeline Passes => options.Passes ?? Pipeline.Standard;

    /// <summary>The graph with nodes expressed in what the target has. The passes clean up after them.</summary>
    private Graph Expanded(Graph graph, PassRunner runner, ImmutableHashSet<string> kept)
    {
        if (_support is not TableSupport) return graph;
        var expansions = new Expansions(_support, options.NotExpanded, options.Constraints.Places);
        graph = Simplified(graph, expansions.Fold(graph, runner), runner, "folding");
        if (!options.Expand) return graph;
        Graph expanded = Simplified(graph, expansions.Expand(graph, runner, kept), runner, "expansion");
        return ReferenceEquals(expanded, graph) ? graph : Simplified(expanded, expansions.Fold(expanded, runner), runner, "folding");
    }

    /// <summary>The graph with refused nodes expressed in what the target has.</summary>
    private Graph Expanded(Graph graph, PassRunner runner, ImmutableDictionary<Node, Verdict> refused, Func<Node, bool> keeps)
    {
        if (refused.IsEmpty) return graph;
        var expansions = new Expansions(
            new RefusingSupport(_support, refused), options.NotExpanded, n => options.Constraints.Places(n) || keeps(n));
        Graph expanded = Simplified(graph, expansions.Expand(graph, runner, []), runner, "expansion");
        return ReferenceEquals(expanded, graph) ? graph : Simplified(expanded, expansions.Fold(expanded, runner), runner, "folding");
    }

    private Graph Simplified(Graph before, Graph after, PassRunner runner, string stage) =>
        ReferenceEquals(before, after) ? before : Verified(stage, runner.Run(Passes, after));

    private Graph Solved(Graph graph)
    {
        Graph solved = TypeSolver.Solve(graph, operators).OrThrow();
        return ReferenceEquals(solved, graph) ? graph : Verified("type solving", solved);
    }

    private static Graph Verified(string stage, Graph graph) =>
        GraphVerifier.FindFault(graph) is { } fault ? throw new InternalCompilerException(stage, fault) : graph;
}
