using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.TestModels.Layers;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.TestModels.Tests;

/// <summary>A result: its dimensions, and its elements as floats.</summary>
internal sealed record Result(long[] Dims, float[] Elements, bool IsFloat)
{
    public double Deviation
    {
        get
        {
            double mean = Elements.Average(e => (double)e);
            return Math.Sqrt(Elements.Average(e => (e - mean) * (e - mean)));
        }
    }
}

/// <summary>A model in a plain ONNX Runtime session, with inputs that are generated from a seed.</summary>
internal sealed class PlainOnnxRuntime : IDisposable
{
    private readonly InferenceSession _session;

    public PlainOnnxRuntime(Model model, bool optimized = true)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.onnx");
        OnnxWriter.Write(model, path);
        using var options = new SessionOptions { IntraOpNumThreads = 2 };
        if (!optimized) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        options.AddSessionConfigEntry("session.strict_shape_type_inference", "1"); // refuses a wrong declared shape
        _session = new(path, options);
    }

    /// <summary>The results by name. Where the model leaves a size open, it is <paramref name="open"/>.</summary>
    public Dictionary<string, Result> Run(ulong seed, int open = 1)
    {
        var inputs = _session.InputMetadata.ToDictionary(i => i.Key, i => Input(i.Key, i.Value, seed, open));
        using var options = new RunOptions();
        using var outputs = _session.Run(options, inputs, _session.OutputNames);
        foreach (OrtValue input in inputs.Values) input.Dispose();
        return _session.OutputNames.Zip(outputs).ToDictionary(pair => pair.First, pair => Read(pair.Second));
    }

    public void Dispose() => _session.Dispose();

    private static OrtValue Input(string name, NodeMetadata metadata, ulong seed, int open)
    {
        long[] dims = [.. metadata.Dimensions.Select(d => d < 0 ? open : (long)d)];
        var random = new SplitMix(seed);
        int[] elements = new int[dims.Aggregate(1L, (a, b) => a * b)];
        Func<int> next = name switch
        {
            "attention_mask" => () => 1, // every token is seen
            "token_type_ids" => () => random.Next(2),
            _ => () => random.Next(1000),
        };
        for (int i = 0; i < elements.Length; i++) elements[i] = next();
        return metadata.ElementType == typeof(long)
            ? OrtValue.CreateTensorValueFromMemory([.. elements.Select(e => (long)e)], dims)
            : OrtValue.CreateTensorValueFromMemory([.. elements.Select(e => (e - 500) / 289f)], dims); // mean square 1
    }

    private static Result Read(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.ElementDataType == TensorElementType.Int64
            ? new(info.Shape, [.. value.GetTensorDataAsSpan<long>().ToArray().Select(e => (float)e)], IsFloat: false)
            : new(info.Shape, value.GetTensorDataAsSpan<float>().ToArray(), IsFloat: true);
    }
}
