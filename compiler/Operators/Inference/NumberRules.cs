using System.Collections.Frozen;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Inference;

/// <summary>
/// Transfer functions of the value-range analysis, by operator: what is proved about an output, from what is proved about the
/// inputs. A rule must hold in the wide type and, where all numbers fit, in the narrow one.
/// </summary>
public static class NumberRules
{
    private delegate NumberFact Rule(Node node, int output, Func<int, NumberFact> input);

    private static readonly string[] Moving = // each element of the first output is an element of the first input
    [
        "Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Tile",
        "Slice", "Gather", "GatherElements", "GatherND",
        "Split", "DepthToSpace", "SpaceToDepth", "Compress", "ReverseSequence", "ReduceMax", "ReduceMin",
    ];

    private static readonly FrozenSet<string> Reading = new[] // their results depend on the numbers, not on their type
    {
        "Cast", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "IsNaN", "IsInf", "ArgMax",
        "ArgMin", "Shape", "Size", "NonZero",
        "Gather", "GatherElements", "ScatterElements", "Where",
    }.ToFrozenSet();

    private static readonly FrozenDictionary<string, Rule> Rules =
        new Dictionary<string, Rule>(Moving.Select(op => KeyValuePair.Create<string, Rule>(op, (_, _, x) => x(0))))
        {
            ["Concat"] = (n, _, x) => All(n, x, 0),
            ["Max"] = (n, _, x) => All(n, x, 0),
            ["Min"] = (n, _, x) => All(n, x, 0),
            ["Where"] = (n, _, x) => All(n, x, 1),
            ["OneHot"] = (_, _, x) => x(2),
            ["Trilu"] = (_, _, x) => x(0).Or(NumberFact.In(new(0, 0))),
            ["Pad"] = (n, _, x) => x(0).Or(n.Input(2) is null ? NumberFact.In(new(0, 0)) : x(2)),
            ["ScatterElements"] = (n, _, x) => n.Attributes.Text("reduction", "none") == "none" ? x(0).Or(x(2)) : default,
            ["ScatterND"] = (n, _, x) => n.Attributes.Text("reduction", "none") == "none" ? x(0).Or(x(2)) : default,
            ["TopK"] = (n, o, x) => o == 0 ? x(0) : NumberFact.In(Indices(n.Input(0), n.Attributes.Int("axis", -1))),
            ["Shape"] = (_, _, _) => NumberFact.In(new(0, int.MaxValue)), // dimensions of TensorRT are 32-bit numbers
            ["NonZero"] = (_, _, _) => NumberFact.In(new(0, int.MaxValue)),
            ["ArgMax"] = (n, _, _) => NumberFact.In(Indices(n.Input(0), n.Attributes.Int("axis"))),
            ["ArgMin"] = (n, _, _) => NumberFact.In(Indices(n.Input(0), n.Attributes.Int("axis"))),
            ["Cast"] = Cast,
            ["Add"] = (_, _, x) => Both(x, (a, b) => a.Plus(b)),
            ["Sub"] = (_, _, x) => Both(x, (a, b) => b.Negated() is { } minus ? a.Plus(minus) : null),
            ["Mul"] = (_, _, x) => Both(x, (a, b) => a.Times(b)),
            ["Div"] = (n, _, x) => IsFloat(n) ? default : Both(x, (a, b) => b.Least > 0 ? a.Or(new(0, 0)) : null), // towards 0
            ["Mod"] = (n, _, x) => IsFloat(n) ? default
                : Both(x, (a, b) => b.Least > 0 ? new(n.Attributes.Int("fmod") == 0 || a.Least >= 0 ? 0 : 1 - b.Most, b.Most - 1) : null),
            ["Neg"] = (n, _, x) => x(0) is var a && a.Range is { } r ? NumberFact.In(r.Negated()) with { IsSingle = a.IsSingle } : a,
            ["Abs"] = (n, _, x) => x(0) is var a && a.Range is { } r ? NumberFact.In(r.Absolute()) with { IsSingle = a.IsSingle } : a,
            ["Sign"] = (_, _, _) => NumberFact.In(new(-1, 1)),
            ["Relu"] = (_, _, x) => x(0).Or(NumberFact.In(new(0, 0))),
            ["Floor"] = (_, _, x) => x(0),
            ["Ceil"] = (_, _, x) => x(0),
            ["Round"] = (_, _, x) => x(0),
            ["Clip"] = Clip,
            ["Range"] = (n, _, x) => IsFloat(n) ? default : x(0).Range is { } a && x(1).Range is { } b ? NumberFact.In(a.Or(b)) : default,
            ["ReduceSum"] = (n, _, x) => Sum(n, x),
            ["CumSum"] = (n, _, x) => Sum(n, x),
            ["ConstantOfShape"] = (n, _, _) => n.Attributes.Tensor("value") is not { } fill ? NumberFact.In(new(0, 0))
                : Numbers.IsReal(fill.Element) && Numbers.At(fill.Element, fill.Bytes.Span, 0) is var v
                    && v == Math.Floor(v) && Math.Abs(v) < 1L << 53
                    ? NumberFact.In(new((long)v, (long)v)) : default,
        }.ToFrozenDictionary();

    /// <summary>What is proved about an output.</summary>
    internal static NumberFact Of(Node node, int output, Func<Value, NumberFact> of) =>
        node.Op.Domain.Length == 0 && node.Version == 0 && Rules.TryGetValue(node.Op.Type, out Rule? rule)
            ? rule(node, output, i => node.Input(i) is { } v ? of(v) : default) : default;

    /// <summary>Whether each element of the first output is an element of the first input, or of any input (Concat).</summary>
    public static bool IsMoving(OpName op) => op.Domain.Length == 0
        && (op.Type == "Concat" || Array.IndexOf(Moving, op.Type) >= 0 && !op.Type.StartsWith("Reduce", StringComparison.Ordinal));

    /// <summary>Whether a result of another type than the input's does not depend on the type that holds the input's numbers.</summary>
    public static bool IsReading(OpName op) => op.Domain.Length == 0 && Reading.Contains(op.Type);

    /// <summary>
    /// Whether the operator gives the same result for any narrower form of that input: the numbers are indices into a dimension,
    /// or it reads no number at all.
    /// </summary>
    public static bool NeedsNoProof(OpName op, int input) => op.Domain.Length == 0
        && (input == 1 ? op.Type is "Gather" or "GatherElements" or "ScatterElements" : input == 0 && op.Type is "Shape" or "Size");

    private static bool IsFloat(Node node) => Numbers.IsFloat(node.Input(0)?.ElementType ?? ElementType.Float64);

    private static NumberFact All(Node node, Func<int, NumberFact> input, int from)
    {
        NumberFact all = input(from);
        for (int i = from + 1; i < node.Inputs.Length; i++) all = all.Or(input(i));
        return all;
    }

    private static NumberFact Both(Func<int, NumberFact> input, Func<IntegerRange, IntegerRange, IntegerRange?> of) =>
        input(0).Range is { } a && input(1).Range is { } b ? NumberFact.In(of(a, b)) : default;

    /// <summary>Numbers out of the bounds become the bounds; a missing bound is that of the type.</summary>
    private static NumberFact Clip(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact x = input(0), low = input(1), high = input(2);
        if (node.Input(1) is not null && node.Input(2) is not null && low.Range is { } a && high.Range is { } b
            && a.Least <= b.Most && !IsFloat(node))
            return NumberFact.In(a.Or(b)); // the upper bound wins, so both are among the results
        return (node.Input(1) is null ? x : x.Or(low)).Or(node.Input(2) is null ? x : high);
    }

    /// <summary>A number that the new type can hold does not change; any other becomes some number of that type.</summary>
    private static NumberFact Cast(Node node, int output, Func<int, NumberFact> input)
    {
        NumberFact x = input(0);
        return node.Output(0)!.ElementType switch
        {
            ElementType.Float64 => x.Range is { } r && !r.IsWithin(new(-(1L << 53), 1L << 53)) ? new(null, x.IsSingle) : x,
            ElementType.Int64 => x.Range is { } r ? NumberFact.In(r) : default,
            _ => default,
        };
    }

    private static IntegerRange Indices(Value? value, long axis) =>
        value?.Shape is { } shape && axis >= -shape.Rank && axis < shape.Rank
            && shape[(int)(axis < 0 ? axis + shape.Rank : axis)] is { IsKnown: true } d
            ? new(0, Math.Max(0, d.Size - 1)) : new(0, int.MaxValue - 1);

    /// <summary>Sums of at most all elements; they bound the partial sums too.</summary>
    private static NumberFact Sum(Node node, Func<int, NumberFact> input) =>
        input(0).Range is { } r && node.Input(0)?.Shape?.ElementCount is { } count
            ? NumberFact.In(r.Or(new(0, 0)).Times(new(0, count))) : default;
}
