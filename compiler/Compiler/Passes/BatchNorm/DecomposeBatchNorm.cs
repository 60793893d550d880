using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// A BatchNormalization that no layer took up is one multiply-add: y = a x + t with a = gamma / sqrt(variance + epsilon) and
/// t = beta - a mean. Not part of the standard pipeline: it makes two nodes of one, and TensorRT has a layer for the one. For
/// targets without that.
/// </summary>
public sealed class DecomposeBatchNorm : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("BatchNormalization");

    private const int FirstOpset = 7; // of Mul and Add with NumPy's broadcasting

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => context.Opset < FirstOpset ? graph : Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
        {
            Match<ChannelAffine> match = ChannelAffine.OfBatchNorm(node, context.Opset);
            if (match.Reason is { } reason) context.Refuse(this, node, reason);
            if (match.Value is { } affine && node.Input(0) is { Shape.Rank: >= 2 } && node.Output(0) is not null) Decompose(node, affine, replay, context);
            else replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    private static void Decompose(Node node, ChannelAffine affine, GraphReplay replay, PassContext context)
    {
        Value x = replay.Input(node, 0)!, result = node.Output(0)!;
        var dims = new long[node.Input(0)!.Shape!.Rank - 1];
        Array.Fill(dims, 1);
        dims[0] = affine.Scale.Length;
        Value scale = replay.Builder.Constant(context.Fresh(result.Name + "_scale"), RealNumbers.ToTensor(x.ElementType, affine.Scale, dims));
        Value shift = replay.Builder.Constant(context.Fresh(result.Name + "_shift"), RealNumbers.ToTensor(x.ElementType, affine.Shift, dims));
        Value product = replay.Builder.Add("Mul", [x, scale], [context.Fresh(result.Name + "_scaled")]).Outputs[0]!;
        replay.Replace(result, replay.Builder.Add("Add", [product, shift], [OutputSpec.Like(result)], null, node.Name).Outputs[0]!);
    }
}
