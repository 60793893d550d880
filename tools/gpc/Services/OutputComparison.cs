using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.Gpc.Services;

/// <summary>One output, compared with the expected one.</summary>
/// <param name="Name">The output.</param>
/// <param name="Type">Its type.</param>
/// <param name="Summary">A summary of its elements.</param>
/// <param name="MaxAbsolute">The greatest absolute difference.</param>
/// <param name="MaxRelative">The greatest relative difference.</param>
/// <param name="Fault">What is wrong, or null.</param>
internal sealed record OutputComparison(string Name, string Type, string Summary, double MaxAbsolute, double MaxRelative, string? Fault)
{
    public static OutputComparison Of(NamedValue expected, NamedValue[] all, Tolerance? tolerance)
    {
        int at = Array.FindIndex(all, v => v.Name == expected.Name);
        if (at < 0) return new(expected.Name, "", "", 0, 0, "the model has no such output");
        DataValue actual = all[at].Value;
        TensorDifference difference = ValueDifference.Between(expected.Value, actual, tolerance);
        return new(
            expected.Name, ValueSummary.TypeOf(actual), ValueSummary.Of(actual), difference.MaxAbsolute, difference.MaxRelative,
                difference.Fault);
    }
}
