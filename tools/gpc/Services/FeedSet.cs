using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>The inputs of a run by name, and the expected outputs (empty where nothing is expected). Owns the inputs.</summary>
internal sealed class FeedSet(Dictionary<string, OrtValue> values, IReadOnlyList<NamedValue> expected) : IDisposable
{
    /// <summary>The inputs.</summary>
    public IReadOnlyDictionary<string, OrtValue> Values { get; } = values;

    /// <summary>The expected outputs.</summary>
    public IReadOnlyList<NamedValue> Expected { get; } = expected;

    /// <summary>The inputs that a request asks for.</summary>
    /// <exception cref="ModelException">GP5008: the test data cannot be used.</exception>
    public static FeedSet Of(InputRequest request, Graph graph)
    {
        if (request.TestData is not { } directory)
            return new(new InputGenerator(request.Sizes).For(graph).ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)), []);
        TestDataSet set = TestDataSet.Read(directory, graph);
        if (set.Inputs.IsEmpty && graph.Inputs.Any(v => !graph.Defaults.ContainsKey(v)))
            throw OnnxCodes.BadTestData.Error(directory, "there is no input_0.pb");
        return Of(set, graph);
    }

    /// <summary>The values of a test data set.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="graph">Its graph, which has the element types of empty sequences.</param>
    public static FeedSet Of(TestDataSet set, Graph graph)
    {
        ILookup<string, IrType> types = graph.Inputs.ToLookup(v => v.Name, v => v.Type);
        return new(set.Inputs.ToDictionary(i => i.Name, i => OrtValues.ToOrt(i.Value, types[i.Name].FirstOrDefault())), set.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue value in Values.Values) value.Dispose();
    }
}
