namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape(x, s) and Expand(x, s) with an s computed from shapes: where the type of the result determines s, up to dimensions
/// of x and one more, s becomes a constant (<see cref="ReshapeTarget"/>), and the shape arithmetic becomes unused.
/// </summary>
public sealed class ReshapeFromShape() : NodePass("Reshape", "Expand")
{
    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        bool isReshape = node.Op.Is("Reshape");
        if ((!isReshape && !node.Op.Is("Expand")) || node.Version != 0
            || node.Input(1) is not { IsConstant: false } || node.Output(0) is not { } result) return false;
        Shape? from = node.Input(0)?.Shape;
        if ((isReshape ? ReshapeTarget.Reshape(from, result.Shape) : ReshapeTarget.Expand(from, result.Shape)) is not { } target)
        {
            rewrite.Refuse(node, $"not enough of the shape of {result} is known to make it a constant");
            return false;
        }
        rewrite.Replace(node, node.Op, [rewrite.Input(node, 0), rewrite.Constant(result.Name + "_shape", TensorData.Int64s(target))]);
        return true;
    }
}
