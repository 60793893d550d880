using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Rewriting;

namespace GraphPartition.MixedPrecision;

/// <summary>
/// Converts the FP32 nodes of a model to FP16 or BF16. The result computes what its types say, so a strongly typed TensorRT engine, ONNX
/// Runtime and every other runtime compute the same. Run the passes first: a BatchNormalization that is folded into its neighbor cannot
/// overflow, and constants are known.
/// </summary>
public static class MixedPrecisionConverter
{
    /// <summary>Where has BF16 from opset 16 on. Runtimes express Clip by it, so they cannot load a Clip in BF16 before.</summary>
    private const int FirstWithBf16 = 16;

    /// <summary>Converts a model in the canonical opset.</summary>
    /// <param name="model">The model. Parts that are in 16 bits already, quantized parts and other types stay.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="options">The format and what stays.</param>
    /// <exception cref="ModelException">GP3005: a selector matches no node; GP3101: a weight holds NaN; GP3102: nothing is FP32.</exception>
    public static ConvertedModel Convert(Model model, OperatorTable operators, PrecisionOptions options)
    {
        (GraphPlanner planner, GraphPlan plan) = Planned(model, operators, options);
        var context = new PassContext(model, operators);
        var conversion = new GraphConversion(options, context, planner.Constants);
        Graph graph = conversion.Convert(plan);
        Check(graph, context);
        PrecisionReport report = planner.Report(conversion.Casts);
        if (report.Converted == 0 && report.Casts == 0) graph = model.Graph;
        return new(model with
        {
            Graph = new EliminateDeadNodes().Run(graph, context),
            Training = [],
            SourceOpset = options.Format.IsNarrow ? model.SourceOpset : Math.Max(model.SourceOpset, FirstWithBf16),
        }, report)
        {
            Casts = [.. conversion.Added],
            Copies = conversion.Copies,
            Placed = conversion.Placed,
            Originals = conversion.Originals,
        };
    }

    /// <summary>Plans a conversion.</summary>
    /// <exception cref="ModelException">As <see cref="Convert"/>.</exception>
    internal static (GraphPlanner Planner, GraphPlan Plan) Planned(Model model, OperatorTable operators, PrecisionOptions options)
    {
        CheckNames(model.Graph, options.KeepFull);
        var planner = new GraphPlanner(options, operators);
        GraphPlan plan = planner.Plan(model.Graph);
        return planner.Report(0).Nodes > 0 ? (planner, plan)
            : throw PrecisionCodes.NothingToConvert.Error(model.Path ?? model.Graph.Name, WhyNothing(model.Graph));
    }

    private static string WhyNothing(Graph graph) =>
        graph.Nodes.Any(n => n.Inputs.Concat(n.Outputs).Any(v => v is not null && LowFormat.Of(v.ElementType) is not null))
            ? "the model computes in 16 bits already" : "the model has no FP32 tensor that a node computes with";

    private static void CheckNames(Graph graph, ImmutableArray<NodeSelector> selectors)
    {
        List<NodeSelector> unknown = [.. selectors];
        RemoveKnown(graph, unknown);
        if (unknown.Count > 0)
            throw new ModelException([.. unknown.Select(s => CompilerCodes.UnknownNode.At(s.Origin, s.Mismatch(graph)))]);
    }

    private static void RemoveKnown(Graph graph, List<NodeSelector> unknown)
    {
        foreach (Node node in graph.Nodes)
        {
            if (unknown.Count == 0) return;
            unknown.RemoveAll(s => s.Matches(node));
            foreach (Graph body in node.Attributes.Bodies()) RemoveKnown(body, unknown);
        }
    }

    /// <summary>The rules of the operators must accept every node in its new types: all else is a bug of the plan.</summary>
    private static void Check(Graph graph, PassContext context)
    {
        if (context.Scope.Diagnostics.FirstOrDefault(d => d.Code.Severity == Severity.Error) is { } wrong)
            throw new InternalCompilerException("mixed precision", wrong.ToString());
        if (GraphVerifier.FindFault(graph) is { } fault) throw new InternalCompilerException("mixed precision", fault);
    }
}
