namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// BatchNormalization in inference form is affine in each channel: with a = gamma / sqrt(variance + epsilon),
/// y = a x + (beta - a mean). Behind a linear layer x = W z + b, with affine operations between them or not, it goes into the
/// layer: W' = a W, b' = a b + (beta - a mean). Before a convolution without padding, a Gemm or a MatMul of matrices it goes into
/// that: W' = W a, b' = b + W t.
/// <para>
/// Conditions: all parameters are finite constants and the variance is not negative; no other node uses a value between the two;
/// a shared weight is duplicated only if it is small (<see cref="PassContext.FoldLimit"/>).
/// </para>
/// </summary>
public sealed class FoldBatchNorm() : NodePass("BatchNormalization")
{
    /// <summary>A layer that absorbed the operations before it can absorb those behind it.</summary>
    protected override bool Repeats => true;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var before = new Dictionary<Value, (ChannelAffine Affine, Value Input, Node Node)>(); // by the output, which only one layer uses
        return node =>
        {
            if (LinearLayer.Of(node, rewrite.Context).Value is { } layer)
            {
                if (node.Input(0) is { } x && before.Remove(x, out var norm))
                {
                    if (AffineFolding.TryFoldBefore(layer, norm.Affine, norm.Input, rewrite)) return true;
                    rewrite.Keep(norm.Node);
                }
                if (AffineChain.Behind(layer, rewrite.Source,
                    (next, value, l) => Read(next, value, l, rewrite.Context), IsBatchNorm, Refuse) is { } chain
                    && AffineFolding.TryFold(chain, rewrite)) return true;
            }
            if (!IsBatchNorm(node) || Before(node, rewrite) is not { } affine) return false;
            before.Add(node.Output(0)!, (affine, rewrite.Input(node, 0)!, node));
            return true;
        };

        void Refuse(Node node, string reason)
        {
            if (IsBatchNorm(node)) rewrite.Refuse(node, reason);
        }
    }

    private static bool IsBatchNorm(Node node) => node.Op.Is("BatchNormalization");

    private static Match<ChannelAffine> Read(Node node, Value x, LinearLayer layer, PassContext context)
    {
        if (!IsBatchNorm(node)) return ChannelAffine.OfArithmetic(node, x, layer);
        if (!ReferenceEquals(node.Input(0), x)) return Match.No("its parameters are computed");
        return layer.AxisFromEnd == 1 && node.Input(0)!.Shape?.Rank != 2
            ? Match.No("it normalizes axis 1, which is not the last axis of the matrix product")
            : ChannelAffine.OfBatchNorm(node, context.Opset);
    }

    /// <summary>The normalization as an operation before the only layer that uses it.</summary>
    /// <returns>The operation, or null where that layer cannot absorb it.</returns>
    private static ChannelAffine? Before(Node node, RewriteContext rewrite)
    {
        Graph graph = rewrite.Source;
        if (rewrite.Accept(node, ChannelAffine.OfBatchNorm(node, rewrite.Context.Opset)) is not { } affine
            || node.Output(0) is not { } result || node.Input(0) is not { } x || !graph.Uses.HasSingleUse(result))
            return null;
        Node user = graph.Nodes[graph.Uses.UsersOf(result)[0]];
        bool isProduct = user.Op.Is("MatMul") || (user.Op.Is("Gemm") && user.Attributes.Int("transA") == 0);
        if (!isProduct && !user.Op.Is("Conv")
            || !ReferenceEquals(user.Input(0), result) || ReferenceEquals(user.Input(1), result)) return null;
        if (!affine.IsLinear && !isProduct && !AffineFolding.IsUnpadded(user))
            rewrite.Refuse(node, "the convolution behind it pads with zeros, to which the shift would not be added");
        else if (LinearLayer.Of(user, rewrite.Context).Value is { } layer && layer.Input is var view && (!isProduct || x.Shape?.Rank == 2)
            && view.Outer / view.OuterPerGroup * view.Middle == affine.Scale.Length)
            return affine;
        return null;
    }
}
