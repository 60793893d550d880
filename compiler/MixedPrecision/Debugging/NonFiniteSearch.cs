using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Ranges;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>
/// Finds the nodes that make NaN or infinities of finite numbers. Infinities that the model means, such as masks, are found too; they do
/// no harm where the outputs stay finite.
/// </summary>
public static class NonFiniteSearch
{
    /// <summary>Runs a model on all samples.</summary>
    /// <param name="model">The model; values in 16 bits are emulated.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="format">Every FP32 node and constant is rounded to this format; null: nothing is rounded.</param>
    /// <param name="runner">Runs the model.</param>
    public static BrokenModel Find(Model model, OperatorTable operators, LowFormat? format, ISampleRunner runner)
    {
        Func<Value, ValueRange?> rangeOf =
            format is null ? Emulated(model, operators, runner) : Rounded(model, operators, format, runner).Of;
        var nodes = ImmutableArray.CreateBuilder<BrokenNode>();
        foreach (Node node in NodesOf(model.Graph))
        {
            TensorRange[] inputs = [.. node.Inputs.Concat(node.Captures).OfType<Value>().Distinct().Select(Of).OfType<TensorRange>()];
            TensorRange[] outputs = [.. node.Outputs.OfType<Value>().Select(Of).OfType<TensorRange>()];
            if (outputs.Any(o => o.Range.HasNonFinite) && (inputs.All(i => !i.Range.HasNonFinite) || MakesNaN(inputs, outputs)))
                nodes.Add(new(node.DisplayName, node.Op.ToString(), [.. inputs], [.. outputs], WhyOf(node, inputs, format)));
        }
        return new(nodes.ToImmutable(), Broken(model.Graph.Outputs), Broken([.. model.Graph.Inputs, .. model.Graph.Constants]));

        ImmutableArray<TensorRange> Broken(IEnumerable<Value> values) =>
            [.. values.Select(Of).OfType<TensorRange>().Where(o => o.Range.HasNonFinite)];

        TensorRange? Of(Value value) => value.Data is { Element: ElementType.Float32 } data
            ? new(value.Name, ValueRange.None.With(Numbers(data, format), null))
            : rangeOf(value) is { } range ? new(value.Name, range) : null;
    }

    /// <summary>The nodes of a graph; those of bodies stand before the node around them.</summary>
    private static IEnumerable<Node> NodesOf(Graph graph) =>
        graph.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(NodesOf).Append(n));

    /// <summary>The numbers of a constant as the format holds them.</summary>
    private static float[] Numbers(TensorData data, LowFormat? format)
    {
        float[] numbers = data.As<float>().ToArray();
        for (int i = 0; format is not null && i < numbers.Length; i++) numbers[i] = format.Round(numbers[i]);
        return numbers;
    }

    /// <summary>The ranges of a model as it is: its values in 16 bits are FP32 values of the same names in its emulation.</summary>
    private static Func<Value, ValueRange?> Emulated(Model model, OperatorTable operators, ISampleRunner runner)
    {
        Model emulated = Emulator.Emulate(model, operators);
        SampleRanges ranges = SampleRanges.Observe(emulated, null, runner);
        if (ReferenceEquals(emulated, model)) return ranges.Of;
        var named = new Dictionary<string, Value>();
        foreach (Value v in emulated.Graph.Inputs.Concat(NodesOf(emulated.Graph).SelectMany(n => n.Outputs).OfType<Value>()))
            if (v.ElementType == ElementType.Float32) named[v.Name] = v;
        return v => (named.GetValueOrDefault(v.Name) ?? named.GetValueOrDefault(v.Name + "_fp32")) is { } wide ? ranges.Of(wide) : null;
    }

    /// <summary>Whether infinities became NaN here.</summary>
    private static bool MakesNaN(TensorRange[] inputs, TensorRange[] outputs) =>
        outputs.Any(o => o.Range.NaNs > 0) && inputs.All(i => i.Range.NaNs == 0);

    private static SampleRanges Rounded(Model model, OperatorTable operators, LowFormat format, ISampleRunner runner)
    {
        Value[] tensors = [.. model.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()
            .Where(v => v.ElementType == ElementType.Float32)];
        SwitchedModel switched = SwitchedModel.Of(model, AllLowPlan.Of(model.Graph), format, clamps: false, operators, tensors);
        int first = switched.Model.Graph.Outputs.Length - tensors.Length;
        return SampleRanges.Observe(switched.Model, tensors, first, switched.Setting([.. switched.Nodes.Select(_ => true)]), runner);
    }

    private static string WhyOf(Node node, TensorRange[] inputs, LowFormat? format)
    {
        ValueRange x = inputs.Length > 0 ? inputs[0].Range : ValueRange.None, y = inputs.Length > 1 ? inputs[1].Range : x;
        if (inputs.FirstOrDefault(i => i.Range.NaNs > 0) is { } nan) return $"'{nan.Name}' holds NaN";
        if (inputs.Any(i => i.Range.Infinities > 0))
            return node.Op.Is("Mul") || node.Op.Is("MatMul") || node.Op.Is("Gemm") || node.Op.Is("Conv") ? "0 times an infinity is NaN"
                : node.Op.Is("Softmax") || node.Op.Is("LogSoftmax") ? "all numbers of a row are minus infinite"
                : "infinities meet, and their difference or quotient is NaN";
        if (node.Op.Is("Div") && y.Least <= 0 && y.Most >= 0) return "a divisor is 0";
        if (node.Op.Is("Reciprocal") && x.Least <= 0 && x.Most >= 0) return "it divides by 0";
        if (node.Op.Is("Log") && x.Least <= 0) return x.Least < 0 ? "a logarithm of a negative number" : "a logarithm of 0";
        if (node.Op.Is("Sqrt") && x.Least < 0) return "a square root of a negative number";
        if (node.Op.Is("Pow") && x.Least < 0) return "a power of a negative number";
        return $"its result is larger than {format?.Largest ?? float.MaxValue:g6}, where {format?.Name ?? "fp32"} ends";
    }
}
