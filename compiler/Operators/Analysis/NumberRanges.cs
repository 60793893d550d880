using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Analysis;

/// <summary>What is proved about the numbers of values.</summary>
/// <param name="hasTypeRanges">Whether the range of a 32-bit type bounds its numbers (<see cref="BoundsQuestion.HasTypeRanges"/>).</param>
internal sealed class NumberRanges(bool hasTypeRanges)
{
    private const long MostElements = 1 << 24; // of a constant that the analysis reads

    private readonly Dictionary<Value, NumberFact> _known = [];
    private readonly Dictionary<Value, IntegerRange> _indices = [];

    /// <summary>What is proved about a value.</summary>
    public NumberFact Of(Value value)
    {
        if (_known.TryGetValue(value, out NumberFact known)) return known;
        if (value.Elements is { IsEmpty: false } elements && elements.All(d => DimMath.Number(d) is not null))
            return NumberFact.In(elements.Select(d => DimMath.Number(d)!.Value).Aggregate(
                default(IntegerRange?), (r, n) => r?.Or(new(n, n)) ?? new(n, n)));
        if (value.Data is { } data && data.ElementCount <= MostElements && OfConstant(data) is var constant && constant != default)
            return _known[value] = constant;
        NumberFact type = OfType(value.ElementType);
        return _indices.TryGetValue(value, out IntegerRange index) ? And(type, index) : type;
    }

    /// <summary>Sets what is proved about a value.</summary>
    public void Set(Value value, NumberFact fact)
    {
        if (_indices.TryGetValue(value, out IntegerRange index)) fact = And(fact, index);
        if (fact == default) _known.Remove(value); // of an iteration before
        else _known[value] = fact;
    }

    /// <summary>Computes and keeps what is proved about an output.</summary>
    public NumberFact Learn(Node node, int output)
    {
        Value value = node.Outputs[output]!;
        if (node.Version != 0) return OfType(value.ElementType);
        NumberFact fact = Compute(node, output, i => node.Input(i) is { } v ? Of(v) : default);
        Set(value, fact);
        return fact;
    }

    /// <summary>What the operator's range rule proves.</summary>
    public NumberFact Compute(Node node, int output, Func<int, NumberFact> input)
    {
        OperatorDefinition op = OperatorDefinitions.Of(node.Op);
        ElementType type = node.Output(output)?.ElementType ?? ElementType.Undefined;
        RangeRule? rule = op.Range ?? (op.MovesElements ? Ranges.OfInput(0) : null);
        NumberFact fact = rule is null ? default : rule(node, output, input);
        if (fact.Range is { } range && Ranges.OfType(type) is { } all)
        {
            bool leaves = !range.IsWithin(all); // then it comes back at the other end of the type
            bool isOfType = !hasTypeRanges && range.Most is int.MaxValue or int.MaxValue - 1;
            if (leaves || isOfType) fact = default;
        }
        return fact == default ? OfType(type) : fact;
    }

    /// <summary>
    /// Finds values that every run uses as indices along an axis: one outside of the axis is an error, so in a run that gives results
    /// they are inside. A value that only a branch or a loop uses may be outside if that does not run.
    /// </summary>
    /// <param name="graph">A graph of which all nodes run.</param>
    /// <param name="sizesOf">The known sizes of a value.</param>
    public void FindIndices(Graph graph, Func<Value, IReadOnlyList<IntegerRange?>?> sizesOf)
    {
        for (int n = graph.Nodes.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            if (node.Version != 0) continue;
            OperatorDefinition op = OperatorDefinitions.Of(node.Op);
            bool isView = op.MovesElements && op.Work == Work.View;
            if (isView && node.Output(0) is { } moved && _indices.TryGetValue(moved, out IntegerRange same))
                Add(node.Input(0), same); // a view has all elements of its input
            if (op.AnyWidthInput is > 0 and int input && node.Input(0) is { } data && sizesOf(data) is { } sizes
                && BoundsNode.Axis(node.Attributes.Int("axis"), sizes.Count) is { } axis && sizes[axis] is { Most: > 0 and < int.MaxValue } size)
                Add(node.Input(input), new(-size.Most, size.Most - 1));
        }

        void Add(Value? index, IntegerRange inside)
        {
            if (index is null or { IsConstant: true } || (graph.Uses.ProducerOf(index) < 0 && !graph.Inputs.Contains(index))) return;
            _indices[index] = _indices.TryGetValue(index, out IntegerRange known) ? known.And(inside) ?? inside : inside;
        }
    }

    private static NumberFact And(NumberFact fact, IntegerRange range) =>
        NumberFact.In(fact.Range is { } known ? known.And(range) ?? range : range);

    private NumberFact OfType(ElementType type) => type switch
    {
        ElementType.Int32 or ElementType.UInt32 when !hasTypeRanges => default,
        ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 => new(null, true),
        ElementType.Int64 => default,
        _ => NumberFact.In(Ranges.OfType(type)),
    };

    private static NumberFact OfConstant(TensorData data)
    {
        if (data.ElementCount == 0) return default;
        if (data.Element is ElementType.Int64 or ElementType.Int32)
        {
            (long least, long most) = (long.MaxValue, long.MinValue);
            if (data.Element == ElementType.Int64)
                foreach (long n in data.As<long>()) (least, most) = (Math.Min(least, n), Math.Max(most, n));
            else
                foreach (int n in data.As<int>()) (least, most) = (Math.Min(least, n), Math.Max(most, n));
            return NumberFact.In(new(least, most));
        }
        if (data.Element != ElementType.Float64) return default;
        foreach (double x in data.As<double>())
            if ((float)x != x && !double.IsNaN(x)) return default;
        return new(null, true);
    }
}
