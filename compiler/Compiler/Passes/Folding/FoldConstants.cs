using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>
/// f(c) = c' for constant c. Two ways: a value whose elements shape arithmetic has told (<see cref="Value.Elements"/>) is a
/// constant whatever its inputs are; any other pure node whose inputs are constants is computed by the evaluator, all of them
/// in one model.
/// <para>
/// A result may exceed the inputs that die with the node by <see cref="PassContext.FoldLimit"/> bytes and no more, so that a
/// small expression stays small. Random and unknown operators are never folded; neither are those that tell TensorRT how a
/// weight is quantised. Bodies are folded too; what they capture may be constant.
/// </para>
/// </summary>
public sealed class FoldConstants : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        for (; ; ) // what is known better makes more known
        {
            Graph folded = Run(graph, context, isBody: false);
            if (ReferenceEquals(folded, graph)) return graph;
            graph = folded;
        }
    }

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        ConstantExpressions computed = ConstantExpressions.Of(graph, context, this, isBody);
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
            if (!TryFold(node, replay, computed))
                replay.Keep(node, inBody);
        return replay.Finish();
    }

    private static bool TryFold(Node node, GraphReplay replay, ConstantExpressions computed)
    {
        bool isComputed = computed.Contains(node);
        if (!isComputed && !ShapeArithmetic.Tells(node)) return false;
        foreach (Value? result in node.Outputs)
            if (result is not null)
                replay.Replace(result, replay.Builder.Constant(result.Name, isComputed ? computed[result] : ShapeArithmetic.ToTensor(result)!, result.Metadata));
        return true;
    }
}
