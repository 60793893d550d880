using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Definitions;

/// <summary>
/// A transfer function of the value-range analysis: what is proved about an output, from what is proved about the inputs. It must hold
/// in the wide type and, where all numbers fit, in the narrow one.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="output">The output.</param>
/// <param name="input">What is proved about an input; nothing of one that is left out.</param>
public delegate NumberFact RangeRule(Node node, int output, Func<int, NumberFact> input);

/// <summary>Rules that several operators share.</summary>
internal static class Ranges
{
    /// <summary>Each element is an element of that input.</summary>
    public static RangeRule OfInput(int input) => (_, _, x) => x(input);

    /// <summary>Each element is an element of an input from that one on.</summary>
    public static RangeRule OfAll(int from) => (node, _, x) =>
    {
        NumberFact all = x(from);
        for (int i = from + 1; i < node.Inputs.Length; i++) all = all.Or(x(i));
        return all;
    };

    /// <summary>The smallest of all inputs: one that is known is enough for an upper bound.</summary>
    public static NumberFact Smallest(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact all = OfAll(0)(node, output, input);
        if (OfType(node.Output(0)?.ElementType ?? ElementType.Undefined) is not { } type) return all;
        IntegerRange range = type;
        for (int i = 0; i < node.Inputs.Length; i++)
            if (input(i).Range is { } r) range = range.AtMost(r.Most);
        return NumberFact.In(new(all.Range?.Least ?? type.Least, range.Most));
    }

    /// <summary>The largest of all inputs: one that is known is enough for a lower bound.</summary>
    public static NumberFact Largest(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact all = OfAll(0)(node, output, input);
        if (OfType(node.Output(0)?.ElementType ?? ElementType.Undefined) is not { } type) return all;
        IntegerRange range = type;
        for (int i = 0; i < node.Inputs.Length; i++)
            if (input(i).Range is { } r) range = range.AtLeast(r.Least);
        return NumberFact.In(new(range.Least, all.Range?.Most ?? type.Most));
    }

    /// <summary>All numbers of a type of integers; null for another type.</summary>
    public static IntegerRange? OfType(ElementType type) => type switch
    {
        ElementType.Bool => new(0, 1),
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 => IntegerRange.Signed(type.Bits()),
        ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => IntegerRange.Unsigned(type.Bits()),
        _ => null,
    };

    /// <summary>Whole numbers in a range, whatever the inputs are.</summary>
    public static RangeRule Within(long least, long most) => (_, _, _) => NumberFact.In(new(least, most));

    /// <summary>Computed from the ranges of both inputs.</summary>
    public static RangeRule OfBoth(Func<IntegerRange, IntegerRange, IntegerRange?> of) => (_, _, x) => Both(x, of);

    /// <summary>Computed from the range of the only input.</summary>
    public static RangeRule OfOne(Func<IntegerRange, IntegerRange?> of) => (_, _, x) =>
        x(0) is var a && a.Range is { } r ? NumberFact.In(of(r)) with { IsSingle = a.IsSingle } : a;

    /// <summary>Computed from the ranges of the first two inputs, where both are known.</summary>
    public static NumberFact Both(Func<int, NumberFact> input, Func<IntegerRange, IntegerRange, IntegerRange?> of) =>
        input(0).Range is { } a && input(1).Range is { } b ? NumberFact.In(of(a, b)) : default;

    /// <summary>Sums of at most all elements; they bound the partial sums too.</summary>
    public static NumberFact Sum(Node node, int output, Func<int, NumberFact> input) =>
        input(0).Range is { } r && node.Input(0)?.Shape?.ElementCount is { } count
            ? NumberFact.In(r.Or(new(0, 0)).Times(new(0, count))) : default;

    /// <summary>Elements of the first input, some of them replaced by those of the third.</summary>
    public static NumberFact Scattered(Node node, int output, Func<int, NumberFact> input) =>
        node.Attributes.Text("reduction", "none") == "none" ? input(0).Or(input(2)) : default;

    /// <summary>Indices along an axis of a value.</summary>
    public static IntegerRange Indices(Value? value, long axis) =>
        value?.Shape is { } shape && axis >= -shape.Rank && axis < shape.Rank
            && shape[(int)(axis < 0 ? axis + shape.Rank : axis)] is { IsKnown: true } d
            ? new(0, Math.Max(0, d.Size - 1)) : new(0, int.MaxValue - 1);

    /// <summary>Whether a node computes with floats.</summary>
    public static bool IsFloat(Node node) => Numbers.IsFloat(node.Input(0)?.ElementType ?? ElementType.Float64);
}
