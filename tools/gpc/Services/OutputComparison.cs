using GraphPartition.Foundation;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.Gpc.Services;

/// <summary>One output, compared with the expected one.</summary>
/// <param name="Name">The output.</param>
/// <param name="Type">Its type.</param>
/// <param name="Summary">A summary of its elements.</param>
/// <param name="MaxAbsolute">The greatest absolute difference.</param>
/// <param name="MaxRelative">The greatest relative difference.</param>
/// <param name="SignalToNoise">The signal-to-noise ratio in decibels; null where nothing differs, or for integers.</param>
/// <param name="IsRandom">Whether the output depends on random numbers, so that only its type and rank were compared.</param>
/// <param name="Fault">What is wrong, or null.</param>
internal sealed record OutputComparison(
    string Name, string Type, string Summary, double MaxAbsolute, double MaxRelative, double? SignalToNoise, bool IsRandom, string? Fault)
{
    /// <summary>Compares an output with the expected one.</summary>
    /// <param name="expected">The expected output.</param>
    /// <param name="all">All outputs of the run.</param>
    /// <param name="tolerance">How far numbers may differ.</param>
    /// <param name="traits">What the graph tells of the output.</param>
    public static OutputComparison Of(NamedValue expected, NamedValue[] all, Tolerance? tolerance, OutputTraits traits)
    {
        int at = Array.FindIndex(all, v => v.Name == expected.Name);
        if (at < 0) return new(expected.Name, "", "", 0, 0, null, false, "the model has no such output");
        DataValue actual = all[at].Value;
        if (traits.IsRandom)
            return new(expected.Name, ValueSummary.TypeOf(actual), ValueSummary.Of(actual), 0, 0, null, true,
                KindOf(expected.Value) == KindOf(actual) ? null : $"expected {KindOf(expected.Value)}, got {KindOf(actual)}");
        TensorDifference difference = ValueDifference.Between(expected.Value, actual, tolerance);
        return new(
            expected.Name, ValueSummary.TypeOf(actual), ValueSummary.Of(actual), difference.MaxAbsolute, difference.MaxRelative,
            difference.SignalToNoise, false, difference.Fault);
    }

    /// <summary>Element type and rank: sizes may depend on random numbers too.</summary>
    private static string KindOf(DataValue value) => value is TensorValue { Data: var data }
        ? $"{data.Element.Keyword()} of rank {data.Dims.Length}" : value.GetType().Name;
}
