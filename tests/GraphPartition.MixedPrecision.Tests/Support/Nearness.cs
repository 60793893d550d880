using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;


namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>Compares results that are rounded on purpose.</summary>
internal static class Nearness
{
    /// <summary>The first output that is not near enough; null where all are.</summary>
    public static string? Fault(DataValue[] expected, DataValue[] actual, Func<SignalQuality, bool> isNear)
    {
        if (expected.Length != actual.Length) return $"{actual.Length} outputs, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
            if (expected[i] is TensorValue x && actual[i] is TensorValue y
                && !(SignalQuality.Between(x.Data, y.Data) is { } q && isNear(q)))
                return $"output {i}: {SignalQuality.Between(x.Data, y.Data)}";
        return null;
    }
}
