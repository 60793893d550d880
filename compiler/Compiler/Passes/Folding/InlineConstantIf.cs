using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>
/// If(c, A, B) with constant c is A where c holds, else B: the branch's nodes and constants move into the graph around it. They
/// use only values of that graph, which stand before the If, so the order stays topological.
/// </summary>
public sealed class InlineConstantIf : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("If");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
            if (TakenBranch(node) is { } branch) Inline(node, branch, replay);
            else replay.Keep(node, inBody);
        return replay.Finish();
    }

    /// <summary>The branch that always runs, or null.</summary>
    private static Graph? TakenBranch(Node node)
    {
        if (!node.Op.Is("If") || node.Input(0)?.Data is not { ElementCount: 1, Element: ElementType.Bool } condition) return null;
        Graph? branch = node.Attributes.Body(condition.Bytes.Span[0] != 0 ? "then_branch" : "else_branch");
        return branch?.Outputs.Length >= node.Outputs.Length && branch.Inputs.Length == 0 ? branch : null;
    }

    private static void Inline(Node node, Graph branch, GraphReplay replay)
    {
        foreach (Value constant in branch.Constants) replay.Builder.Constant(constant);
        foreach (Node inner in branch.Nodes) replay.Keep(inner);
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result) replay.Replace(result, replay.Map(branch.Outputs[i]));
    }
}
