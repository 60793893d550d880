using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Analysis;

/// <summary>
/// Value-range analysis: proves that values of a graph fit into narrower types, by interval arithmetic over its nodes in order
/// with the transfer functions of the operators (<see cref="OperatorDefinition.Range"/>). Nothing is proved about the output of an
/// operator without one.
/// </summary>
public sealed class NumberFacts
{
    private const long MostElements = 1 << 24; // of a constant that the analysis reads

    private readonly Dictionary<Value, NumberFact> _known = [];

    private NumberFacts()
    {
    }

    /// <summary>Analyses a graph in one pass, without bodies.</summary>
    public static NumberFacts Of(Graph graph)
    {
        var facts = new NumberFacts();
        foreach (Node node in graph.Nodes)
            for (int o = 0; o < node.Outputs.Length; o++)
                if (node.Outputs[o] is { } result && IsWide(result.ElementType)
                    && facts.Of(node, o) is var fact && fact != default)
                    facts._known.Add(result, fact);
        return facts;
    }

    /// <summary>What is proved about a value.</summary>
    public NumberFact Of(Value value)
    {
        if (_known.TryGetValue(value, out NumberFact known)) return known;
        if (!IsWide(value.ElementType)) return OfType(value.ElementType);
        if (value.Elements is { } elements && elements.All(d => DimMath.Number(d) is not null))
            return elements.Select(d => DimMath.Number(d)!.Value)
                .Aggregate(default(IntegerRange?), (r, n) => r?.Or(new(n, n)) ?? new(n, n)) is { } range
                ? NumberFact.In(range) : default;
        return value.Data is { } data && data.ElementCount <= MostElements ? _known[value] = OfConstant(data) : default;
    }

    /// <summary>Whether <paramref name="narrow"/> holds every element: i32 for i64, f32 for f64.</summary>
    public bool Fits(Value value, ElementType narrow) =>
        narrow == ElementType.Int32 ? Of(value).Range?.IsWithin(IntegerRange.Signed(32)) == true
            : narrow == ElementType.Float32 && Of(value).IsSingle;

    private NumberFact Of(Node node, int output)
    {
        OperatorDefinition op = OperatorDefinitions.Of(node.Op);
        RangeRule? rule = op.Range ?? (op.MovesElements ? Ranges.OfInput(0) : null);
        return rule is null || node.Version != 0 ? default
            : rule(node, output, i => node.Input(i) is { } v ? Of(v) : default);
    }

    private static bool IsWide(ElementType type) => type is ElementType.Int64 or ElementType.UInt64 or ElementType.Float64;

    private static NumberFact OfType(ElementType type) => type switch
    {
        ElementType.Bool => NumberFact.In(new(0, 1)),
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 => NumberFact.In(IntegerRange.Signed(type.Bits())),
        ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => NumberFact.In(IntegerRange.Unsigned(type.Bits())),
        ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 => new(null, true),
        _ => default,
    };

    private static NumberFact OfConstant(TensorData data)
    {
        if (data.ElementCount == 0) return default;
        if (data.Element == ElementType.Int64)
        {
            (long least, long most) = (long.MaxValue, long.MinValue);
            foreach (long n in data.As<long>()) (least, most) = (Math.Min(least, n), Math.Max(most, n));
            return NumberFact.In(new(least, most));
        }
        if (data.Element != ElementType.Float64) return default;
        foreach (double x in data.As<double>())
            if ((float)x != x && !double.IsNaN(x)) return default;
        return new(null, true);
    }
}
