using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// A node whose result is one of its inputs, bit for bit, is replaced by that input. What proves it is in <see cref="NoOps"/>.
/// An Identity between an input and an output of the graph stays: both names have to.
/// </summary>
public sealed class EliminateIdentity : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
        {
            if (node.Output(0) is { } result && HasOneResult(node, graph) && NoOps.PassedInput(node, context.Opset) is >= 0 and var input
                && replay.Input(node, input) is { } passed && replay.CanReplace(result, passed))
                replay.Replace(result, passed);
            else replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    private static bool HasOneResult(Node node, Graph graph)
    {
        for (int i = 1; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } more && (graph.Uses.UsersOf(more).Length > 0 || graph.Uses.IsOutput(more))) return false;
        return true;
    }
}
