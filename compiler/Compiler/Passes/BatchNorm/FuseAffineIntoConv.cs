namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// Mul, Div, Add and Sub with constants, one number or one for each channel, behind a linear layer go into its weight and bias:
/// (W x + b) s + t = (s W) x + (s b + t). A BatchNormalization that no layer absorbed counts as such a layer. A single Add behind
/// a MatMul stays: it is the bias that the MatMul cannot hold.
/// </summary>
public sealed class FuseAffineIntoConv() : NodePass("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite) =>
        LinearLayer.Of(node, rewrite.Context).Value is { } layer
        && AffineChain.Behind(layer, rewrite.Source, ChannelAffine.OfArithmetic, _ => true, rewrite.Refuse) is { } chain
        && Pays(chain) && !IsRounded(chain, rewrite) && AffineFolding.TryFold(chain, rewrite);

    /// <summary>
    /// Whether a Round reads the result, as in a quantization: other last bits would become another whole number there, and the layers
    /// behind it would see a step in place of a rounding error.
    /// </summary>
    private static bool IsRounded(AffineChain chain, RewriteContext rewrite)
    {
        foreach (int user in rewrite.Source.Uses.UsersOf(chain.Result))
        {
            if (!rewrite.Source.Nodes[user].Op.Is("Round")) continue;
            rewrite.Refuse(chain.Nodes[^1], "its result is rounded to whole numbers");
            return true;
        }
        return false;
    }

    /// <summary>Whether fewer nodes remain.</summary>
    private static bool Pays(AffineChain chain) =>
        chain.Layer.TakesBias || chain.Nodes.Length > 1 || chain.Nodes[0].Op.Type is "Mul" or "Div";
}
