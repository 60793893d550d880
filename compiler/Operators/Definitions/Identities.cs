using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Definitions;

/// <summary>
/// Finds the input that a node returns unchanged as its first output, proved by its attributes, types and constants. Adding 0 to a
/// float turns -0 into 0, which only a division can tell apart; it counts as unchanged.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="opset">The opset of the model.</param>
/// <returns>The index of the input, or -1 where the node changes it or nothing is proved.</returns>
public delegate int IdentityRule(Node node, int opset);

/// <summary>Identity cases that several operators share.</summary>
public static class Identities
{
    /// <summary>Whether two shapes are known to be equal: every dimension is an equal number or an equal symbol.</summary>
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

    /// <summary>The operator only moves elements: it changes nothing where the shape stays.</summary>
    internal static int KeepsShape(Node node, int opset) => AreSame(node.Input(0)?.Shape, node.Output(0)?.Shape) ? 0 : -1;

    /// <summary>The operator only changes the type.</summary>
    internal static int KeepsType(Node node, int opset) =>
        node.Input(0) is { ElementType: not ElementType.Undefined and var from } && node.Output(0)?.ElementType == from ? 0 : -1;

    /// <summary>The operator takes any number of inputs, and has one.</summary>
    internal static int OfOne(Node node, int opset) => node.Inputs.Length == 1 ? 0 : -1;

    /// <summary>The second input is a number that changes nothing.</summary>
    internal static IdentityRule Behind(double number) => (node, _) => Neutral(node, 1, number) ? 0 : -1;

    /// <summary>Either input is a number that changes nothing.</summary>
    internal static IdentityRule Beside(double number) => (node, _) => Neutral(node, 1, number) ? 0 : Neutral(node, 0, number) ? 1 : -1;

    /// <summary>
    /// Whether every element of this input is <paramref name="number"/>, and the other input has the result's shape and type.
    /// </summary>
    private static bool Neutral(Node node, int constant, double number) =>
        node.Inputs.Length == 2 && node.Inputs[constant] is { IsConstant: true } neutral && node.Inputs[1 - constant] is { } other
        && other.ElementType == node.Output(0)?.ElementType && AreSame(other.Shape, node.Output(0)?.Shape) && IsFilledWith(neutral, number);
}
