namespace GraphPartition.Compiler.Passes.Folding;

/// <summary>
/// f(c) = c' for constant c, in two ways: a value whose elements type inference knows (<see cref="Value.Elements"/>) becomes a
/// constant whatever its inputs are; the evaluator computes every other pure node whose inputs are constants, all in one model.
/// <para>
/// A result may exceed the inputs that only its node uses by at most <see cref="PassContext.FoldLimit"/> bytes, so that a small
/// expression stays small. Random and unknown operators are never folded, nor are those that tell TensorRT how a weight is
/// quantized. Bodies are folded too; values that they capture may be constant.
/// </para>
/// </summary>
public sealed class FoldConstants : NodePass
{
    /// <summary>New constants make more elements known.</summary>
    protected override bool Repeats => true;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        ConstantExpressions computed = ConstantExpressions.Of(rewrite);
        return node => TryFold(node, computed, rewrite);
    }

    private static bool TryFold(Node node, ConstantExpressions computed, RewriteContext rewrite)
    {
        bool isComputed = computed.Contains(node);
        if (!isComputed && !ShapeArithmetic.Knows(node)) return false;
        foreach (Value? result in node.Outputs)
        {
            if (result is null) continue;
            TensorData data = isComputed ? computed[result] : ShapeArithmetic.ToTensor(result)!;
            rewrite.Replace(result, rewrite.Builder.Constant(result.Name, data, result.Metadata));
        }
        return true;
    }
}
