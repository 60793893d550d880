namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// A BatchNormalization that no layer absorbed is one multiply-add: y = a x + t with a = gamma / sqrt(variance + epsilon) and
/// t = beta - a mean. Not in the standard pipeline, since it makes two nodes of one that TensorRT has a layer for: for targets
/// without such a layer.
/// </summary>
public sealed class DecomposeBatchNorm() : NodePass("BatchNormalization")
{
    /// <summary>Of Mul and Add with NumPy's broadcasting.</summary>
    protected override int FirstOpset => 7;

    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        if (rewrite.Accept(node, ChannelAffine.OfBatchNorm(node, rewrite.Context.Opset)) is not { } affine
            || node.Input(0) is not { Shape: { Rank: >= 2 } shape } || node.Output(0) is not { } result) return false;
        Value x = rewrite.Input(node, 0)!;
        var dims = new long[shape.Rank - 1];
        Array.Fill(dims, 1);
        dims[0] = affine.Scale.Length;
        Value scale = rewrite.Constant(result.Name + "_scale", RealNumbers.ToTensor(x.ElementType, affine.Scale, dims));
        Value shift = rewrite.Constant(result.Name + "_shift", RealNumbers.ToTensor(x.ElementType, affine.Shift, dims));
        Value product = rewrite.Add(node, "Mul", [x, scale], rewrite.Context.Fresh(result.Name + "_scaled"), name: "");
        rewrite.Replace(node, "Add", [product, shift]);
        return true;
    }
}
