using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>Compares results that are rounded on purpose.</summary>
internal static class Nearness
{
    /// <summary>What is farther away than a signal-to-noise ratio in dB allows; null where nothing is.</summary>
    public static string? Fault(DataValue[] expected, DataValue[] actual, double decibels)
    {
        if (expected.Length != actual.Length) return $"{actual.Length} outputs, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
            if (expected[i] is TensorValue x && actual[i] is TensorValue y
                && !(SignalQuality.Between(x.Data, y.Data) is { } q && q.Decibels >= decibels))
                return $"output {i}: {SignalQuality.Between(x.Data, y.Data)}";
        return null;
    }
}
