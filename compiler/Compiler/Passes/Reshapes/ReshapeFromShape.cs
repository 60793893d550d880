using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape(x, s) and Expand(x, s), where s is computed out of shapes: if the type of the result says what s must be, up to
/// dimensions of x and one more, s becomes a constant (<see cref="ReshapeTarget"/>), and the shape arithmetic dies.
/// </summary>
public sealed class ReshapeFromShape : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Reshape", "Expand");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
        {
            if (TargetOf(node, context) is { } target)
            {
                Value shape = replay.Builder.Constant(context.Fresh((node.Output(0)!.Name) + "_shape"), TensorData.Int64s(target));
                replay.Replace(node.Output(0)!, replay.Builder.Add(
                    node.Op, [replay.Input(node, 0), shape], [OutputSpec.Like(node.Output(0))], null, node.Name, 0, node.Metadata).Outputs[0]!);
            }
            else replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    private long[]? TargetOf(Node node, PassContext context)
    {
        bool isReshape = node.Op.Is("Reshape");
        if ((!isReshape && !node.Op.Is("Expand")) || node.Version != 0 || node.Input(1) is not { IsConstant: false } || node.Output(0) is not { } result) return null;
        Shape? from = node.Input(0)?.Shape;
        long[]? target = isReshape ? ReshapeTarget.Reshape(from, result.Shape) : ReshapeTarget.Expand(from, result.Shape);
        if (target is null) context.Refuse(this, node, $"the shape of {result} is not known well enough to be a constant");
        return target;
    }
}
