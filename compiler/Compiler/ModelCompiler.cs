using System.Diagnostics;
using GraphPartition.Compiler.Observing;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler;

/// <summary>
/// The whole flow: passes, tagging, partitioning. Deterministic: equal models and options give equal results.
/// </summary>
/// <param name="operators">The operators, with their types and TensorRT support.</param>
/// <param name="options">The options.</param>
public sealed class ModelCompiler(OperatorTable operators, CompileOptions options)
{
    private readonly SupportPolicy _support = options.SupportPolicy ?? new TableSupport(operators, options.Target);

    /// <summary>Optimizes and partitions a model.</summary>
    /// <exception cref="ModelException">The model or the options are wrong.</exception>
    public Compilation Plan(Model model)
    {
        long start = Stopwatch.GetTimestamp();
        model = model with { Graph = Solved(Verified("import", model.Graph)) };
        var context = new PassContext(model, operators)
        {
            Evaluator = options.Evaluator,
            FoldLimit = options.FoldLimit,
            UnrollLimit = options.UnrollLimit,
            Target = options.Target,
            Device = options.Constraints.Device,
        };
        var runner = new PassRunner(options.Passes ?? Pipeline.Standard, context) { Verify = options.Verify, Dump = options.Dump };
        Graph graph = Verified("passes", runner.Run(model.Graph));
        if (model.Graph.HasAnyOf("If")) graph = Solved(graph); // branches that were inlined tell more
        ObservedValues observed = options.Observer is { } observer
            ? ObservedValues.Of(model with { Graph = graph }, operators, observer) : ObservedValues.None;
        double passes = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        start = Stopwatch.GetTimestamp();
        ConstraintResolver.CheckNames(options.Constraints, [graph, model.Graph]);
        var request = new PlanRequest(_support, options.Groups, options.Constraints) { Typed = observed.Typed };
        PartitionPlan plan = PartitionPlan.Of(graph, request);
        double partition = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return new(model with { Graph = graph, Training = [] }, plan, passes, partition)
        {
            Request = request,
            Target = options.Target.ToString(),
            Passes = [.. runner.Reports],
            Refusals = [.. context.Refusals],
            Observed = observed.Values,
            Diagnostics = [.. context.Scope.Diagnostics, .. _support.Unmatched([graph, model.Graph]),
                .. observed.Failure is { } failure ? [failure] : Array.Empty<Diagnostic>()],
            Libraries = options.Libraries,
        };
    }

    private Graph Solved(Graph graph)
    {
        Graph solved = TypeSolver.Solve(graph, operators).OrThrow();
        return ReferenceEquals(solved, graph) ? graph : Verified("type solving", solved);
    }

    private static Graph Verified(string stage, Graph graph) =>
        GraphVerifier.FindFault(graph) is { } fault ? throw new InternalCompilerException(stage, fault) : graph;
}
