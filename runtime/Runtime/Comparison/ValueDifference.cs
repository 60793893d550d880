using GraphPartition.Onnx.Reading;

namespace GraphPartition.Runtime.Comparison;

/// <summary>How two values of any kind differ; tensors inside them are compared by <see cref="TensorDifference"/>.</summary>
public static class ValueDifference
{
    /// <summary>Compares values; <paramref name="tolerance"/> null takes that of each tensor's element type.</summary>
    public static TensorDifference Between(DataValue expected, DataValue actual, Tolerance? tolerance = null)
    {
        switch (expected, actual)
        {
            case (TensorValue e, TensorValue a):
                return TensorDifference.Between(e.Data, a.Data, tolerance ?? Tolerance.Of(e.Data.Element));
            case (SequenceValue e, SequenceValue a):
                return Items("item", e.Items, a.Items, tolerance);
            case (MapValue e, MapValue a):
                TensorDifference keys = TensorDifference.Between(e.Keys, a.Keys, Tolerance.Exact);
                return keys.Agrees ? Items("value", e.Values, a.Values, tolerance) : keys;
            case (OptionalValue { Item: null }, OptionalValue { Item: null }):
                return new(0, 0, 0, null);
            case (OptionalValue { Item: { } e }, not OptionalValue): // ONNX Runtime gives an optional that is there as what is in it
                return Between(e, actual, tolerance);
            case (OptionalValue { Item: { } e }, OptionalValue { Item: { } a }):
                return Between(e, a, tolerance);
            default:
                return new(0, 0, 0, $"expected a {expected.GetType().Name}, got a {actual.GetType().Name}");
        }
    }

    private static TensorDifference Items(
        string what, IReadOnlyList<DataValue> expected, IReadOnlyList<DataValue> actual, Tolerance? tolerance)
    {
        if (expected.Count != actual.Count) return new(0, 0, 0, $"expected {expected.Count} {what}s, got {actual.Count}");
        var all = new TensorDifference(0, 0, 0, null);
        for (int i = 0; i < expected.Count; i++)
        {
            TensorDifference one = Between(expected[i], actual[i], tolerance);
            all = new(Math.Max(all.MaxAbsolute, one.MaxAbsolute), Math.Max(all.MaxRelative, one.MaxRelative), all.Outside + one.Outside,
                all.Fault ?? (one.Fault is null ? null : $"{what} {i}: {one.Fault}"))
            {
                SignalToNoise = all.SignalToNoise is { } least && one.SignalToNoise is { } own ? Math.Min(least, own)
                    : all.SignalToNoise ?? one.SignalToNoise,
            };
        }
        return all;
    }
}
