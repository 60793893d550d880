using GraphPartition.Operators.Definitions;

namespace GraphPartition.Compiler.Passes.Reshapes;

/// <summary>
/// Reshape, Flatten, Squeeze and Unsqueeze keep the order of elements, so a chain of them is one Reshape of the first input to
/// the last shape, or nothing where both shapes are the same. A constant must be able to express the last shape
/// (<see cref="ReshapeTarget"/>). A chain of Squeeze and Unsqueeze alone needs no known shape (<see cref="AxisChain"/>): it is
/// one of them, or nothing.
/// </summary>
public sealed class MergeReshapes() : NodePass("Reshape", "Flatten", "Squeeze", "Unsqueeze")
{
    private const int FirstAxesOpset = 13; // of Squeeze with its axes as an input

    /// <summary>Of Reshape with its shape as an input.</summary>
    protected override int FirstOpset => 5;

    /// <summary>Whether a node changes only the shape of its first input.</summary>
    public static bool IsReshape(Node node) =>
        node.Version == 0 && node.Op.Domain.Length == 0 && node.Op.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var chains = new Dictionary<Value, (Value Source, AxisChain? Axes)>(); // by the output of a reshape
        return node =>
        {
            if (!IsReshape(node) || rewrite.Input(node, 0) is not { } input || node.Output(0) is not { } result) return false;
            if (MayReject(node, input)) return false;
            bool isChained = chains.TryGetValue(input, out var chain);
            if (!isChained) chain = (input, input.Shape is { } shape ? AxisChain.Of(shape.Rank) : null);
            chain.Axes = rewrite.Context.Opset < FirstAxesOpset ? null : chain.Axes?.Then(node);
            if (!isChained || !TryMerge(node, result, chain.Source, chain.Axes?.AsOne(), rewrite)) rewrite.Keep(node);
            if (!ReferenceEquals(rewrite.Map(result), chain.Source)) chains[rewrite.Map(result)] = chain;
            return true;
        };
    }

    /// <summary>Whether the node is a Squeeze of a size that may not be 1: a Reshape would take such data.</summary>
    private static bool MayReject(Node node, Value input) => node.Op.Is("Squeeze") && input.Shape is { } shape
        && node.Input(1)?.Data?.ToIntegers() is { } axes && axes.Any(a => (a < 0 ? a + shape.Rank : a) is var axis
            && axis >= 0 && axis < shape.Rank && !shape[(int)axis].Is(1));

    private static bool TryMerge(Node node, Value result, Value source, (string Op, long[] Axes)? one, RewriteContext rewrite)
    {
        if ((one?.Axes is [] || Identities.AreSame(source.Shape, result.Shape)) && rewrite.TryReplace(result, source)) return true;
        if (ReshapeTarget.Reshape(source.Shape, result.Shape) is { } target)
            rewrite.Replace(node, "Reshape", [source, rewrite.Constant(result.Name + "_shape", TensorData.Int64s(target))]);
        else if (one is { Axes.Length: > 0 } axes)
            rewrite.Replace(node, axes.Op, [source, rewrite.Constant(result.Name + "_axes", TensorData.Int64s(axes.Axes))]);
        else return false;
        return true;
    }
}
