using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>The classic networks beside the checkout: with the input i / n for i = 0 .. n - 1, and one expected output each.</summary>
internal static class LightModel
{
    /// <summary>Runs an export of the network at <paramref name="path"/>; the result is null, or what is wrong with the output.</summary>
    public static string? Run(string path, byte[] export)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(export, options);
        (string input, NodeMetadata metadata) = session.InputMetadata.Single();
        long[] dims = [.. metadata.Dimensions.Select(d => (long)Math.Max(d, 1))];
        var numbers = new float[dims.Aggregate((a, b) => a * b)];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = (float)i / numbers.Length;
        using OrtValue fed = OrtValues.ToOrt(TensorData.Of<float>(ElementType.Float32, numbers, dims));
        using var run = new RunOptions();
        using var results = session.Run(run, [input], [fed], session.OutputNames);
        DataValue expected = TestDataSet.ReadValue(
            path.Replace(".onnx", "_output_0.pb", StringComparison.Ordinal), IrType.Tensor(ElementType.Float32));
        return ValueDifference.Between(expected, OrtValues.ToData(results[0])) is { Agrees: false } difference ? difference.Fault : null;
    }
}
