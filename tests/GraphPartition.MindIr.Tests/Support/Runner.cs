using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Writing;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.MindIr.Tests.Support;

/// <summary>Runs models in ONNX Runtime on the CPU, through the ONNX writer.</summary>
internal static class Runner
{
    /// <summary>The results of a model, in order.</summary>
    public static TensorData[] Run(Model model, params TensorData[] inputs)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(OnnxWriter.ToBytes(model), options);
        string[] names = [.. model.Graph.Inputs.Select(v => v.Name)];
        Assert.Equal(names.Length, inputs.Length);
        OrtValue[] feeds = [.. inputs.Select(Feed)];
        using var run = new RunOptions();
        using var results = session.Run(run, names, feeds, session.OutputNames);
        TensorData[] to = [.. results.Select(Result)];
        foreach (OrtValue feed in feeds) feed.Dispose();
        return to;
    }

    /// <summary>A tensor of random numbers in [-1, 1).</summary>
    public static TensorData Random(int seed, params long[] dims)
    {
        var random = new Random(seed);
        var values = new float[TensorData.CountOf([.. dims])];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(2 * random.NextDouble() - 1);
        return TensorData.Floats(values, dims);
    }

    /// <summary>A tensor of random integers in [0, below).</summary>
    public static TensorData RandomIndices(int seed, int below, params long[] dims)
    {
        var random = new Random(seed);
        var values = new int[TensorData.CountOf([.. dims])];
        for (int i = 0; i < values.Length; i++) values[i] = random.Next(below);
        return TensorData.Of<int>(ElementType.Int32, values, dims);
    }

    /// <summary>Fails where two tensors differ in type, shape, or an element by more than the tolerance (absolute and relative).</summary>
    public static void AssertClose(TensorData expected, TensorData actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Element, actual.Element);
        Assert.Equal(expected.Dims.AsEnumerable(), actual.Dims.AsEnumerable());
        for (int i = 0; i < expected.ElementCount; i++)
        {
            double e = Numbers.At(expected.Element, expected.Bytes.Span, i), a = Numbers.At(actual.Element, actual.Bytes.Span, i);
            if (!(Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e))) && !(double.IsNaN(e) && double.IsNaN(a)))
                Assert.Fail($"element {i} of {expected.Type} is {a}, expected {e}");
        }
    }

    private static OrtValue Feed(TensorData tensor)
    {
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)tensor.Element, [.. tensor.Dims]);
        tensor.Bytes.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static MemoryTensor Result(OrtValue value)
    {
        var type = value.GetTensorTypeAndShape();
        return new MemoryTensor((ElementType)type.ElementDataType, [.. type.Shape], value.GetTensorMutableRawData().ToArray());
    }
}
