using System.Collections.Frozen;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Which nodes return one of their inputs unchanged, proved by their attributes, types and constants. Shapes are equal where
/// every dimension is an equal number or an equal symbol. Adding 0 to a float turns -0 into 0, which only a division can tell
/// apart; it counts as unchanged.
/// </summary>
internal static class NoOps
{
    private static readonly FrozenDictionary<string, Func<Node, int, int>> Rules = new Dictionary<string, Func<Node, int, int>>
    {
        ["Identity"] = (_, _) => 0,
        ["Dropout"] = (node, opset) => IsInference(node, opset) ? 0 : -1,
        ["Reshape"] = (node, _) => KeepsShape(node),
        ["Flatten"] = (node, _) => KeepsShape(node),
        ["Squeeze"] = (node, _) => KeepsShape(node),
        ["Unsqueeze"] = (node, _) => KeepsShape(node),
        ["Expand"] = (node, _) => KeepsShape(node),
        ["Tile"] = (node, _) => KeepsShape(node),
        ["Transpose"] = (node, _) => KeepsOrder(node) ? 0 : -1,
        ["Cast"] = (node, _) => KeepsType(node),
        ["CastLike"] = (node, _) => KeepsType(node),
        ["Slice"] = (node, _) => node.Input(4) is null || IsFilledWith(node.Input(4), 1) ? KeepsShape(node) : -1,
        ["Pad"] = (node, _) => PadsNothing(node) ? KeepsShape(node) : -1,
        ["Concat"] = OfOne,
        ["Sum"] = OfOne,
        ["Max"] = OfOne,
        ["Min"] = OfOne,
        ["Mean"] = OfOne,
        ["Clip"] = (node, opset) => opset >= 11 && node.Input(1) is null && node.Input(2) is null ? 0 : -1,
        ["Mul"] = (node, _) => Neutral(node, 1, 1) ? 0 : Neutral(node, 0, 1) ? 1 : -1,
        ["Div"] = (node, _) => Neutral(node, 1, 1) ? 0 : -1,
        ["Pow"] = (node, _) => Neutral(node, 1, 1) ? 0 : -1,
        ["Add"] = (node, _) => Neutral(node, 1, 0) ? 0 : Neutral(node, 0, 0) ? 1 : -1,
        ["Sub"] = (node, _) => Neutral(node, 1, 0) ? 0 : -1,
        ["And"] = (node, _) => Neutral(node, 1, 1) ? 0 : Neutral(node, 0, 1) ? 1 : -1,
        ["Or"] = (node, _) => Neutral(node, 1, 0) ? 0 : Neutral(node, 0, 0) ? 1 : -1,
    }.ToFrozenDictionary();

    /// <summary>The input that the node returns as its first output.</summary>
    /// <returns>The index of the input, or -1 where the node changes it or nothing is proved.</returns>
    public static int PassedInput(Node node, int opset) =>
        node.Op.Domain.Length == 0 && node.Version == 0 && Rules.TryGetValue(node.Op.Type, out Func<Node, int, int>? rule)
            ? rule(node, opset) : -1;

    /// <summary>Whether two shapes are known to be equal.</summary>
    public static bool AreSame(Shape? a, Shape? b)
    {
        if (a is null || b is null || a.Rank != b.Rank) return false;
        for (int i = 0; i < a.Rank; i++)
            if (a[i].IsUnknown || a[i] != b[i]) return false;
        return true;
    }

    /// <summary>
    /// Whether a constant has at least one element and all of them are <paramref name="number"/>. Constants of 16 MiB and more are
    /// weights, which planning does not read.
    /// </summary>
    public static bool IsFilledWith(Value? value, double number)
    {
        if (value?.Data is not { } data || data.ElementCount == 0
            || data.ByteCount >= 1 << 24 || !Numbers.IsReal(data.Element)) return false;
        ReadOnlySpan<byte> bytes = data.Bytes.Span;
        for (int i = 0; i < (int)data.ElementCount; i++)
            if (Numbers.At(data.Element, bytes, i) != number) return false;
        return true;
    }

    private static int KeepsShape(Node node) => AreSame(node.Input(0)?.Shape, node.Output(0)?.Shape) ? 0 : -1;

    private static int OfOne(Node node, int opset) => node.Inputs.Length == 1 ? 0 : -1;

    private static int KeepsType(Node node) =>
        node.Input(0) is { ElementType: not ElementType.Undefined and var from } && node.Output(0)?.ElementType == from ? 0 : -1;

    /// <summary>
    /// Whether every element of this input is <paramref name="number"/>, and the other input has the result's shape and type.
    /// </summary>
    private static bool Neutral(Node node, int constant, double number) =>
        node.Inputs.Length == 2 && node.Inputs[constant] is { IsConstant: true } neutral && node.Inputs[1 - constant] is { } other
        && other.ElementType == node.Output(0)?.ElementType && AreSame(other.Shape, node.Output(0)?.Shape) && IsFilledWith(neutral, number);

    /// <summary>
    /// Whether a Dropout only passes its input: before opset 7 an attribute decides, from 12 on an input; between, it always
    /// does.
    /// </summary>
    private static bool IsInference(Node node, int opset) =>
        opset < 7 ? node.Attributes.Int("is_test") != 0 : node.Input(2) is null || IsFilledWith(node.Input(2), 0);

    /// <summary>Whether all axes but those of size 1 stay in their order, and the shape stays.</summary>
    private static bool KeepsOrder(Node node)
    {
        ImmutableArray<long> perm = node.Attributes.Ints("perm");
        if (node.Input(0)?.Shape is not { } shape) return IsIncreasing(perm, null);
        if (perm.IsDefault) perm = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)(shape.Rank - 1 - i))];
        return perm.Length == shape.Rank && IsIncreasing(perm, shape)
            && (IsIncreasing(perm, null) || AreSame(shape, node.Output(0)?.Shape));
    }

    private static bool IsIncreasing(ImmutableArray<long> perm, Shape? shape)
    {
        if (perm.IsDefault) return false;
        long last = -1;
        foreach (long axis in perm)
        {
            if (axis < 0 || axis >= perm.Length) return false;
            if (shape?[(int)axis].Is(1) == true) continue;
            if (axis < last) return false;
            last = axis;
        }
        return true;
    }

    private static bool PadsNothing(Node node) => node.Attributes.Ints("pads") is { IsDefault: false } old
        ? old.All(p => p == 0) : IsFilledWith(node.Input(1), 0);
}
