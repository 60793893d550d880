using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// BatchNormalization in inference form is affine in each channel: with a = gamma / sqrt(variance + epsilon),
/// y = a x + (beta - a mean). Behind a linear layer x = W z + b, with affine operations between them or not, it goes into the
/// layer: W' = a W, b' = a b + (beta - a mean). Before a convolution without padding, a Gemm or a MatMul of matrices it goes into
/// that: W' = W a, b' = b + W t.
/// <para>
/// Conditions: all parameters are finite constants and the variance is not negative; nobody else uses what is between the two;
/// a weight that others use too is only had twice where it is small.
/// </para>
/// </summary>
public sealed class FoldBatchNorm : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("BatchNormalization");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        for (; ; ) // a layer that took in what stood before it can take in what stands behind it
        {
            Graph folded = Run(graph, context, isBody: false);
            if (ReferenceEquals(folded, graph)) return graph;
            graph = folded;
        }
    }

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        AffineFolding? folding = null;
        var before = new Dictionary<Value, (ChannelAffine Affine, Value Input, Node Node)>(); // by the result, which only one layer uses
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (folding?.IsFolded(n) == true) continue;
            if (LinearLayer.Of(node, context).Value is { } layer)
            {
                if (node.Input(0) is { } x && before.Remove(x, out var norm))
                {
                    folding ??= new(graph, context, this);
                    if (folding.TryFoldBefore(layer, norm.Affine, norm.Input, replay)) continue;
                    replay.Keep(norm.Node);
                }
                AffineChain? chain = AffineChain.Behind(layer, graph, (next, value, l) => Read(next, value, l, context),
                    IsBatchNorm, (next, reason) => Refuse(context, next, reason));
                if (chain is not null && (folding ??= new(graph, context, this)).TryFold(chain, replay)) continue;
            }
            if (IsBatchNorm(node) && Before(node, graph, context) is { } affine)
                before.Add(node.Output(0)!, (affine, replay.Input(node, 0)!, node));
            else replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    private static bool IsBatchNorm(Node node) => node.Op.Is("BatchNormalization");

    private void Refuse(PassContext context, Node node, string reason)
    {
        if (IsBatchNorm(node)) context.Refuse(this, node, reason);
    }

    private static Match<ChannelAffine> Read(Node node, Value x, LinearLayer layer, PassContext context)
    {
        if (!IsBatchNorm(node)) return ChannelAffine.OfArithmetic(node, x, layer);
        if (!ReferenceEquals(node.Input(0), x)) return Match.No("its parameters are computed");
        return layer.AxisFromEnd == 1 && node.Input(0)!.Shape?.Rank != 2
            ? Match.No("it normalises axis 1, which is not the last axis of the matrix product")
            : ChannelAffine.OfBatchNorm(node, context.Opset);
    }

    /// <summary>The normalisation as an operation before the only layer that uses it, or null.</summary>
    private ChannelAffine? Before(Node node, Graph graph, PassContext context)
    {
        Match<ChannelAffine> match = ChannelAffine.OfBatchNorm(node, context.Opset);
        if (match.Reason is { } reason) context.Refuse(this, node, reason);
        if (match.Value is not { } affine || node.Output(0) is not { } result || node.Input(0) is not { } x || !graph.Uses.HasSingleUse(result))
            return null;
        Node user = graph.Nodes[graph.Uses.UsersOf(result)[0]];
        bool isProduct = user.Op.Is("MatMul") || (user.Op.Is("Gemm") && user.Attributes.Int("transA") == 0);
        if (!isProduct && !user.Op.Is("Conv") || !ReferenceEquals(user.Input(0), result) || ReferenceEquals(user.Input(1), result)) return null;
        if (!affine.IsLinear && !isProduct && !AffineFolding.IsUnpadded(user))
            context.Refuse(this, node, "the convolution behind it pads with zeros, which the shift would miss");
        else if (LinearLayer.Of(user, context).Value is { } layer && layer.Input is var view && (!isProduct || x.Shape?.Rank == 2)
            && view.Outer / view.OuterPerGroup * view.Middle == affine.Scale.Length)
            return affine;
        return null;
    }
}
