namespace GraphPartition.Compiler.Passes.Sequences;

/// <summary>
/// SplitToSequence as Split: https://onnx.ai/onnx/operators/onnx__SplitToSequence.html. Without sizes each part has size 1, and the axis
/// is removed unless keepdims is 1. One number is the size of every part; the last may be smaller. A list has the sizes themselves.
/// </summary>
internal sealed class TensorSplit : TensorList
{
    private readonly RewriteContext _rewrite;
    private readonly Value _tensor;
    private readonly long _axis;
    private readonly long[] _sizes;
    private readonly bool _squeezes;
    private ImmutableArray<Value> _parts;

    private TensorSplit(RewriteContext rewrite, Value tensor, long axis, long[] sizes, bool squeezes) : base(sizes.Length) =>
        (_rewrite, _tensor, _axis, _sizes, _squeezes) = (rewrite, tensor, axis, sizes, squeezes);

    /// <summary>The split that a SplitToSequence makes; null where the sizes of its parts are not known.</summary>
    public static TensorSplit? Of(Node node, RewriteContext rewrite)
    {
        long axis = node.Attributes.Int("axis");
        if (rewrite.Input(node, 0) is not { Shape: { } shape } tensor || axis < -shape.Rank || axis >= shape.Rank) return null;
        if (axis < 0) axis += shape.Rank;
        if (!shape[(int)axis].IsKnown) return null;
        long whole = shape[(int)axis].Size;
        if (node.Input(1) is not { } split)
            return new(rewrite, tensor, axis, Parts(whole, 1), squeezes: node.Attributes.Int("keepdims", 1) == 0);
        if (split.Data?.ToIntegers() is not { } sizes) return null;
        if (split.Shape is { Rank: 0 }) return sizes is [> 0 and var size] ? new(rewrite, tensor, axis, Parts(whole, size), false) : null;
        return sizes.Sum() == whole ? new(rewrite, tensor, axis, sizes, false) : null;
    }

    /// <inheritdoc/>
    public override ImmutableArray<Value> Tensors(Node user)
    {
        if (!_parts.IsDefault) return _parts;
        OutputSpec[] names = [.. _sizes.Select((_, i) => new OutputSpec(_rewrite.Context.Fresh($"{_tensor.Name}_part{i}")))];
        Value sizes = _rewrite.Constant(_tensor.Name + "_sizes", TensorData.Int64s(_sizes));
        ImmutableArray<Value?> parts = _rewrite.Builder.Add(
            "Split", [_tensor, sizes], names, AttributeMap.Of(("axis", _axis)), "", 0, user.Metadata).Outputs;
        if (!_squeezes) return _parts = [.. parts.Select(p => p!)];
        Value axes = _rewrite.Constant(_tensor.Name + "_axis", TensorData.Int64s(_axis));
        return _parts = [.. parts.Select(p => _rewrite.Add(
            user, "Squeeze", [p, axes], _rewrite.Context.Fresh(p!.Name + "_squeezed"), name: ""))];
    }

    private static long[] Parts(long whole, long size) =>
        [.. Enumerable.Range(0, (int)((whole + size - 1) / size)).Select(i => Math.Min(size, whole - i * size))];
}
