using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Analysis;

/// <summary>
/// Proves that floats of a graph are whole numbers within a range, from the nodes that compute them. A sum or a product of whole floats is
/// whole: up to 2^24 it is exact, and above that every 32-bit float is whole. The nodes that a question leads to are walked, no others.
/// </summary>
/// <param name="graph">The graph.</param>
public sealed class WholeNumbers(Graph graph)
{
    private const int MostDepth = 40;
    private const long MostExact = 1 << 24;

    private readonly Dictionary<Value, IntegerRange?> _known = [];

    /// <summary>The range of a value's numbers, if all of them are whole; null: nothing is proved.</summary>
    public IntegerRange? Of(Value value) => Of(value, 0);

    /// <summary>Whether a type of integers holds all numbers of a value, and all are whole.</summary>
    public bool AreHeld(Value value, ElementType type) =>
        Ranges.OfType(type) is { } all && Of(value) is { } range && range.IsWithin(all);

    /// <summary>Whether a range stays within 2^24, up to which f32 has every whole number.</summary>
    public static bool IsExact(IntegerRange range) => range.IsWithin(new(-MostExact, MostExact));

    /// <summary>Whether a value is a constant of one number, and that number.</summary>
    public static bool IsNumber(Value? value, double number) =>
        value?.Data is { ElementCount: 1 } data && Numbers.IsReal(data.Element) && Numbers.At(data.Element, data.Bytes.Span, 0) == number;

    private IntegerRange? Of(Value value, int depth)
    {
        if (_known.TryGetValue(value, out IntegerRange? known)) return known;
        return _known[value] = value.Data is { } data ? OfConstant(data)
            : Ranges.OfType(value.ElementType) is { } type ? type
            : depth < MostDepth && value.ElementType == ElementType.Float32 && graph.Uses.ProducerOf(value) is >= 0 and int n
                ? OfResult(graph.Nodes[n], depth + 1) : null;
    }

    private IntegerRange? OfResult(Node node, int depth)
    {
        if (node.Op.Domain.Length > 0 || node.Version != 0) return null;
        IntegerRange? At(int input) => node.Input(input) is { } value ? Of(value, depth) : null;
        switch (node.Op.Type)
        {
            case "Cast": return At(0);
            case "DequantizeLinear": return IsCast(node) ? At(0) : null;
            case "Clip":
                return IsWhole(node.Input(0)!, depth) && At(1) is { IsExact: true } least && At(2) is { IsExact: true } most
                    && least.Least <= most.Least ? new(least.Least, most.Least) : null;
            case "MatMul": return Sums(At(0), At(1), node.Input(1)?.Shape is { Rank: >= 2 } w && w[^2].IsKnown ? w[^2].Size : null);
            case "Conv" when node.Input(2) is null: return Sums(At(0), At(1), Terms(node.Input(1)?.Shape));
            case "MaxPool": return At(0);
        }
        OperatorDefinition op = OperatorDefinitions.Of(node.Op);
        if ((op.Range ?? (op.MovesElements ? Ranges.OfInput(0) : null)) is not { } rule) return null;
        return Rounded(rule(node, 0, i => NumberFact.In(At(i))).Range);
    }

    /// <summary>Whether a DequantizeLinear or QuantizeLinear neither scales nor shifts.</summary>
    public static bool IsCast(Node node) => IsNumber(node.Input(1), 1) && (node.Input(2) is null || IsNumber(node.Input(2), 0));

    private bool IsWhole(Value value, int depth) => Of(value, depth) is not null
        || (graph.Uses.ProducerOf(value) is >= 0 and int n && graph.Nodes[n] is { Version: 0 } node
            && (node.Op.Is("Round") || node.Op.Is("Floor") || node.Op.Is("Ceil")
                || (node.Op.Is("Add") && IsWholeRounded(node, depth))));

    private bool IsWholeRounded(Node add, int depth) =>
        depth < MostDepth && IsWhole(add.Input(0)!, depth + 1) && IsWhole(add.Input(1)!, depth + 1);

    private static IntegerRange? Sums(IntegerRange? a, IntegerRange? b, long? terms) =>
        a is { } x && b is { } y && terms is { } count && x.Times(y) is { } product
            ? Rounded(product.Or(new(0, 0)).Times(new(0, count))) : null;

    private static long? Terms(Shape? weights)
    {
        if (weights is not { IsStatic: true, Rank: > 1 }) return null;
        long terms = 1;
        for (int d = 1; d < weights.Rank; d++) terms *= weights[d].Size;
        return terms;
    }

    /// <summary>Above 2^24 sums are rounded: their range is a little larger.</summary>
    private static IntegerRange? Rounded(IntegerRange? range) =>
        range is not { } r || IsExact(r) ? range : r.Plus(new(r.Least / 1024 - 1, r.Most / 1024 + 1));

    private static IntegerRange? OfConstant(TensorData data)
    {
        if (data.ElementCount == 0 || !Numbers.IsReal(data.Element) || data.Element.Bits() < 8) return null;
        if (Ranges.OfType(data.Element) is { } type && data.ElementCount > 1024) return type;
        (double least, double most) = (double.MaxValue, double.MinValue);
        ReadOnlySpan<byte> bytes = data.Bytes.Span;
        for (int i = 0; i < data.ElementCount; i++)
        {
            double number = Numbers.At(data.Element, bytes, i);
            if (number != Math.Truncate(number) || Math.Abs(number) > MostExact) return null;
            (least, most) = (Math.Min(least, number), Math.Max(most, number));
        }
        return new((long)least, (long)most);
    }
}
