using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>Infers a graph with sizes of its inputs, to see whether they fit.</summary>
internal sealed class SizeTrial : GraphRewriter
{
    private static readonly HashSet<OpName> Sliding = ["Conv", "MaxPool", "AveragePool", "LpPool", "ConvInteger", "QLinearConv", "STFT"];

    private SizeTrial(Graph graph, IOperatorRules rules, BuildScope scope, IrType[] inputs) : base(graph, rules, scope, false, inputs) { }

    /// <summary>Infers the graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="rules">The operators' rules.</param>
    /// <param name="dimsOf">The dimensions of each open input; null: they stay open.</param>
    /// <returns>The graph with these sizes, and the first node that contradicts them; null if there is none.</returns>
    public static (Graph Typed, int? Fault) Run(Graph graph, IOperatorRules rules, Func<Value, long[]?> dimsOf)
    {
        BuildScope scope = BuildScope.For(graph);
        var trial = new SizeTrial(graph, rules, scope, [.. graph.Inputs.Select(TypeOf)]);
        int? fault = null;
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            int before = scope.Diagnostics.Count;
            bool contradicts = IsEmptied(trial.Keep(graph.Nodes[n]));
            for (int d = before; d < scope.Diagnostics.Count; d++) contradicts |= scope.Diagnostics[d].Code.Severity == Severity.Error;
            if (contradicts) fault ??= n;
        }
        return (trial.Finish(), fault);

        IrType TypeOf(Value input) => input.Type is TensorType { Shape: not { IsStatic: true } } type && !graph.Defaults.ContainsKey(input)
            && dimsOf(input) is { } dims ? type with { Shape = Shape.Of(dims) } : input.Type;
    }

    /// <summary>Whether a window slides over too small an input: then no size of the result is left.</summary>
    private static bool IsEmptied(Node node) => Sliding.Contains(node.Op) && node.Input(0)?.Shape is { IsStatic: true } before
        && !before.Dims.Any(d => d.Is(0)) && node.Output(0)?.Shape is { } after && (!after.IsStatic || after.Dims.Any(d => d.Is(0)))
        && node.Inputs.All(v => v?.Shape is not { IsStatic: false });
}
