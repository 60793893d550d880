using System.Globalization;
using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>Every kind of condition, with the reason that it gives.</summary>
internal static class Conditions
{
    public static Dictionary<string, ConditionKind> All { get; } = new()
    {
        ["rank"] = new("rank(I,R) or rank(I,R,S): input I has R dimensions, or R to S",
            a => n => Rank(n, Int(a[0]), Int(a[1]), Int(a[^1]), 0)),
        ["spatial"] = new("spatial(R,S): the first input has R to S dimensions behind batch and channels",
            a => n => Rank(n, 0, Int(a[0]) + 2, Int(a[1]) + 2, 2)),
        ["constant"] = new("constant(I): input I is known when the engine is built", a => n =>
            IsKnown(n.Input(Int(a[0])))
                ? null : $"input {Name(n, a[0])} must be known when the engine is built; here it is computed"),
        ["initializer"] = new("initializer(I): input I is a weight in the model, or can be folded into one", a => n =>
            IsKnown(n.Input(Int(a[0]))) ? null : $"input {Name(n, a[0])} must be a weight in the model; here it is computed"),
        ["static"] = new("static(I): every dimension of input I is a number", a => n =>
            n.Input(Int(a[0])) is not { } v || v.Shape?.IsStatic == true
                ? null : $"input {Name(n, a[0])} must have a fixed shape; here it is {v.Type}"),
        ["static-axis"] = new("static-axis(NAME,DEFAULT): that dimension of the first input is a number",
            a => n => StaticAxis(n, a[0], Int(a[1]))),
        ["no-input"] = new("no-input(I): input I is left out",
            a => n => n.Input(Int(a[0])) is null ? null : $"input {Name(n, a[0])} is not taken"),
        ["no-output"] = new("no-output(O): output O is left out", a => n =>
            n.Output(Int(a[0])) is null ? null : $"output {OutputName(n, a[0])} is not given"),
        ["no-attribute"] = new("no-attribute(NAME): the attribute is missing",
            a => n => n.Attributes.Has(a[0]) ? $"attribute '{a[0]}' is not taken" : null),
        ["attribute"] = new("attribute(NAME,VALUE): the attribute is that number, or missing", a => n =>
            Number(n, a[0], Int(a[1])) == Int(a[1])
                ? null : $"attribute '{a[0]}' must be {a[1]}; here it is {Number(n, a[0], 0)}"),
        ["one-of"] = new("one-of(NAME,DEFAULT,...): the attribute is one of these, or missing", a => n =>
            n.Attributes.Text(a[0], a[1]) is var t && Array.IndexOf(a, t, 1) > 0
                ? null : $"attribute '{a[0]}' is '{t}'; taken are {string.Join(", ", a.Skip(1))}"),
        ["ones"] = new("ones(NAME): the attribute is a list of nothing but 1, or missing", a => n =>
            n.Attributes.Ints(a[0]) is { IsDefault: false } l && l.Any(x => x != 1)
                ? $"attribute '{a[0]}' must be all 1; here it is [{string.Join(',', l)}]" : null),
        ["symmetric"] = new("symmetric(NAME): as much padding before as after", a => n =>
            n.Attributes.Ints(a[0]) is { IsDefault: false } l && !l[..(l.Length / 2)].SequenceEqual(l[(l.Length / 2)..])
            ? $"attribute '{a[0]}' must be the same at both ends; here it is [{string.Join(',', l)}]" : null),
        ["all-axes"] = new("all-axes(NAME): the attribute lists all axes in order, or is missing", a => n =>
            n.Attributes.Ints(a[0]) is { IsDefault: false } l && (l.Length != n.Input(0)?.Shape?.Rank || l.Where((x, i) => x != i).Any())
            ? $"attribute '{a[0]}' must list all axes in order; here it is [{string.Join(',', l)}]" : null),
        ["zeros"] = new("zeros(I): input I is left out, or a constant of zeros", a => n =>
            n.Input(Int(a[0])) is not { } v || IsZero(v) ? null : $"input {Name(n, a[0])} must be a constant 0"),
        ["false"] = new("false(I): input I is left out, or a constant false", a => n =>
            n.Input(Int(a[0])) is not { } v || IsZero(v) || v.Elements is [var e] && e.Is(0)
                ? null : $"input {Name(n, a[0])} must be a constant false"),
        ["below"] = new("below(I,LIMIT): input I is below the limit where it is known", a => n =>
            Known(n.Input(Int(a[0]))) is [var k] && k >= Int(a[1])
                ? $"input {Name(n, a[0])} must be below {a[1]}; here it is {k}" : null),
        ["element"] = new("element(I,TYPE): input I is left out, or of that element type", a => n =>
            n.Input(Int(a[0])) is not { } v || v.ElementType.Keyword() == a[1]
                ? null : $"input {Name(n, a[0])} must be {a[1]}; here it is {v.Type}"),
        ["same-activations"] = new("same-activations: both directions have the same activations", _ => SameActivations),
        ["plain-einsum"] = new("plain-einsum: no ellipsis, no diagonal, no broadcasting", _ => PlainEinsum),
        ["real-signal"] = new("real-signal: the signal has no imaginary part", _ => n =>
            n.Input(0)?.Shape is { Rank: >= 2 } s && (s.Rank == 2 || s[^1].Is(1))
                ? null : $"the signal must be real; here it is {n.Input(0)?.Type}"),
        ["branches"] = new("branches(same-rank|broadcastable): both branches give results whose shapes are so, under different names",
            a => n => Branches(n, a[0] == "broadcastable")),
        ["fixed-loop"] = new("fixed-loop: carried values keep their shape, and scan outputs have a known length", _ => FixedLoop),
    };

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Name(Node node, string input) =>
        OperatorSchemas.Default.Canonical(node.Op)?.Input(Int(input)) is { } p ? $"'{p.Name}'" : input;

    private static string OutputName(Node node, string output) =>
        OperatorSchemas.Default.Canonical(node.Op)?.Output(Int(output)) is { } p ? $"'{p.Name}'" : output;

    private static long Number(Node node, string attribute, long otherwise) => node.Attributes[attribute] switch
    {
        IntAttribute i => i.Value,
        FloatAttribute f => f.Value == MathF.Floor(f.Value) ? (long)f.Value : long.MinValue,
        _ => otherwise,
    };

    private static bool IsKnown(Value? value) => value is null || value.IsConstant || Known(value) is not null;

    private static long[]? Known(Value? value)
    {
        if (value?.Data is { Dims.Length: <= 1 } data) return data.ToIntegers();
        if (value?.Elements is not { } elements) return null;
        var numbers = new long[elements.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (DimMath.Number(elements[i]) is not { } number) return null;
            numbers[i] = number;
        }
        return numbers;
    }

    private static bool IsZero(Value value) =>
        value.Data is { } data and not StringTensor && data.ByteCount < 1 << 24 && data.Bytes.Span.IndexOfAnyExcept((byte)0) < 0;

    private static string? Rank(Node node, int input, int least, int most, int offset)
    {
        if (node.Input(input) is not { } value) return null;
        string wanted = least == most ? $"{least - offset}" : $"{least - offset} to {most - offset}";
        string what = offset == 0 ? "dimensions" : "spatial dimensions";
        if (value.Shape is not { } shape)
            return $"input {Name(node, input.ToString(CultureInfo.InvariantCulture))} must have {wanted} {what}; its rank is not known";
        return shape.Rank >= least && shape.Rank <= most ? null
            : $"input {Name(node, input.ToString(CultureInfo.InvariantCulture))} must have {wanted} {what}; here it is {shape}";
    }

    private static string? StaticAxis(Node node, string attribute, int otherwise)
    {
        long axis = node.Attributes.Int(attribute, otherwise);
        if (node.Input(0)?.Shape is not { } shape) return $"dimension {axis} of the input must be known; not even its rank is";
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank && shape[(int)axis].IsKnown ? null : $"dimension {axis} of the input {shape} must be known";
    }

    /// <summary>The activations of the backward direction must be those of the forward one.</summary>
    private static string? SameActivations(Node node)
    {
        if (node.Attributes.Text("direction") != "bidirectional"
            || node.Attributes["activations"] is not StringsAttribute list) return null;
        ImmutableArray<string> names = [.. list.Texts];
        return names.Length % 2 == 0
            && names[..(names.Length / 2)].SequenceEqual(names[(names.Length / 2)..], StringComparer.OrdinalIgnoreCase)
            ? null : $"both directions must have the same activations; here they are {string.Join(", ", names)}";
    }

    private static string? PlainEinsum(Node node)
    {
        string equation = node.Attributes.Text("equation").Replace(" ", "");
        if (equation.Contains("...")) return $"the equation '{equation}' has an ellipsis";
        string[] terms = equation.Split("->")[0].Split(',');
        var sizes = new Dictionary<char, Dim>();
        for (int i = 0; i < terms.Length; i++)
        {
            if (terms[i].Distinct().Count() != terms[i].Length) return $"the equation '{equation}' takes a diagonal";
            for (int k = 0; k < terms[i].Length && k < node.Input(i)?.Shape?.Rank; k++)
            {
                Dim size = node.Input(i)!.Shape![k];
                if (sizes.TryGetValue(terms[i][k], out Dim other) && size.IsKnown && other.IsKnown && size != other)
                    return $"the equation '{equation}' broadcasts dimension '{terms[i][k]}'";
                sizes[terms[i][k]] = size;
            }
        }
        return null;
    }

    private static string? Branches(Node node, bool broadcastable)
    {
        if (node.Attributes.Body("then_branch") is not { } then
            || node.Attributes.Body("else_branch") is not { } other) return "a branch is missing";
        for (int i = 0; i < Math.Min(then.Outputs.Length, other.Outputs.Length); i++)
        {
            (Shape? a, Shape? b) = (then.Outputs[i].Shape, other.Outputs[i].Shape);
            if (then.Outputs[i].Name == other.Outputs[i].Name) return $"both branches give a value named '{then.Outputs[i].Name}'";
            if (a is null || b is null) return $"the rank of output {i} is not known in both branches";
            if (!broadcastable && a.Rank != b.Rank) return $"output {i} is {a} in one branch and {b} in the other: their ranks differ";
            if (broadcastable && !CanBroadcast(a, b)) return $"output {i} is {a} in one branch and {b} in the other: they do not broadcast";
        }
        return null;
    }

    private static bool CanBroadcast(Shape a, Shape b)
    {
        for (int i = 1; i <= Math.Min(a.Rank, b.Rank); i++)
            if (a[^i].IsKnown && b[^i].IsKnown && a[^i] != b[^i] && !a[^i].Is(1) && !b[^i].Is(1)) return false;
        return true;
    }

    /// <summary>Carried values keep their shape from one iteration to the next; scan outputs have a known length.</summary>
    private static string? FixedLoop(Node node)
    {
        if (node.Attributes.Body("body") is not { } body) return "the body is missing";
        int carried = node.Inputs.Length - 2;
        for (int i = 0; i < carried && i + 1 < body.Outputs.Length; i++)
        {
            (Shape? before, Shape? after) = (node.Input(i + 2)?.Shape, body.Outputs[i + 1].Shape);
            if (before is null || after is null || before.Rank != after.Rank)
                return $"carried value {i} must keep its shape; here it is {Of(before)} before and {Of(after)} after";
            for (int k = 0; k < before.Rank; k++)
                if (before[k] != after[k]) return $"carried value {i} must keep its shape; here it is {before} before and {after} after";
        }
        if (node.Outputs.Length <= Math.Max(0, carried)) return null;
        return Known(node.Input(0)) is not [_] ? "scan outputs must have a known length; the trip count is computed"
            : LoopCondition.IsAlwaysTrue(node.Input(1), body) ? null
            : "scan outputs must have a known length; the condition may end the loop early";

        static string Of(Shape? shape) => shape?.ToString() ?? "of unknown rank";
    }
}
