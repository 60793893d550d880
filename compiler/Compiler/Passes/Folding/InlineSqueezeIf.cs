using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>
/// If(Shape(x)[a] == 1, Squeeze(x, a), x) = Squeeze(x, a) where the nodes behind it are wrong for x as it is. Exporters write
/// <c>torch.squeeze(x, a)</c> so, because its rank depends on data. If the nodes behind reject the rank of x, then a run in which the
/// size is not 1 fails. It fails afterwards too, because Squeeze rejects such a size.
/// </summary>
public sealed class InlineSqueezeIf() : NodePass("If")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        if (SqueezedBy(node, rewrite.Source) is not { } x || !IsWrong(node, x, rewrite)) return false;
        Graph branch = node.Attributes.Body("then_branch")!;
        foreach (Value constant in branch.Constants) rewrite.Builder.Constant(constant);
        foreach (Node inner in branch.Nodes) rewrite.Keep(inner);
        rewrite.Replace(node.Output(0)!, rewrite.Map(branch.Outputs[0]));
        return true;
    }

    /// <summary>The value that an If of this form squeezes; null for every other node.</summary>
    private static Value? SqueezedBy(Node node, Graph graph)
    {
        if (!node.Op.Is("If") || node.Outputs is not [{ } result] || node.Attributes.Body("then_branch") is not { Nodes: [var squeeze] } then
            || !squeeze.Op.Is("Squeeze") || squeeze.Input(0) is not { Shape: { Rank: > 0 } shape } x || then.Outputs is not [var squeezed]
            || squeezed != squeeze.Output(0) || result.Shape?.Rank == shape.Rank
            || squeeze.Input(1)?.Data?.ToIntegers() is not [var axis] || node.Attributes.Body("else_branch") is not { Outputs: [var same] } other
            || !(same == x || other.Nodes is [{ Op.Type: "Identity" } identity] && identity.Input(0) == x && identity.Output(0) == same))
            return null;
        return Producer(node.Input(0), "Equal") is { } equal
            && (IsSize(equal.Input(0), equal.Input(1)) || IsSize(equal.Input(1), equal.Input(0))) ? x : null;

        Node? Producer(Value? value, string op) =>
            value is not null && graph.Uses.ProducerOf(value) is >= 0 and var n && graph.Nodes[n].Op.Is(op) ? graph.Nodes[n] : null;

        bool IsSize(Value? size, Value? one) => one?.Data?.ToIntegers() is [1] && Producer(size, "Gather") is { } gather
            && Producer(gather.Input(0), "Shape") is { Attributes.Count: 0 } of && of.Input(0) == x
            && gather.Input(1)?.Data?.ToIntegers() is [var index] && (index - axis) % shape.Rank == 0;
    }

    /// <summary>Whether a node that every run executes rejects the graph in which the If gives x, and only that graph.</summary>
    private static bool IsWrong(Node node, Value x, RewriteContext rewrite)
    {
        PassContext around = rewrite.Context;
        var trial = new GraphRewriter(rewrite.Source, around.Operators, BuildScope.For(rewrite.Source), rewrite.IsBody);
        foreach (Node n in rewrite.Source.Nodes)
            if (n == node) trial.Replace(n.Output(0)!, x);
            else trial.Keep(n);
        Graph graph = trial.Finish(), before;
        var context = new PassContext(around.Around(graph), around.Operators)
        {
            Evaluator = around.Evaluator,
            FoldLimit = around.FoldLimit,
        };
        do
        {
            before = graph;
            graph = new FoldConstants().Run(new InlineConstantIf().Run(graph, context, rewrite.IsBody), context, rewrite.IsBody);
        }
        while (!ReferenceEquals(graph, before)); // conditions that depend on the rank become constant
        return HasErrors(new EliminateDeadNodes().Run(graph, context), around.Operators) && !HasErrors(rewrite.Source, around.Operators);
    }

    private static bool HasErrors(Graph graph, OperatorTable rules)
    {
        var scope = new BuildScope();
        foreach (Node n in graph.Nodes)
            if (n.Attributes.Bodies().IsEmpty)
                rules.Infer(new NodeInference(n.Op, n.Version, n.Inputs, n.Attributes, n.Outputs.Length, rules, scope));
        return scope.Diagnostics.Any(d => d.Code == ModelCodes.ShapesContradict);
    }
}
