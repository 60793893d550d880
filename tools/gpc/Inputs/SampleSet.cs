using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Inputs;

/// <summary>The samples of a model, read and checked.</summary>
internal sealed class SampleSet : IDisposable
{
    private readonly List<FeedSet> _samples = [];

    private SampleSet() { }

    /// <summary>Reads samples.</summary>
    /// <param name="request">Where they are.</param>
    /// <param name="graph">The graph whose inputs they are.</param>
    /// <exception cref="ModelException">GP5008: a sample cannot be read or does not fit the inputs, or there is none.</exception>
    public static SampleSet Of(SampleRequest request, Graph graph)
    {
        var set = new SampleSet();
        try
        {
            foreach (string folder in Folders(request)) set._samples.Add(Read(folder, graph));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _samples.Count;

    /// <summary>Runs models on the samples.</summary>
    public OrtSampleRunner Runner(CustomOperators operators) => new([.. _samples.Select(s => s.Values)], operators);

    /// <inheritdoc/>
    public void Dispose() => _samples.ForEach(s => s.Dispose());

    private static IEnumerable<string> Folders(SampleRequest request)
    {
        foreach (string folder in request.TestData) yield return folder;
        if (request.CalibrationData is not { } all) yield break;
        if (!Directory.Exists(all)) throw OnnxCodes.BadTestData.Error(all, "there is no such directory");
        string[] inside = [.. Directory.EnumerateDirectories(all).Where(HasInput).Order(StringComparer.Ordinal)];
        if (inside.Length == 0 && !HasInput(all))
            throw OnnxCodes.BadTestData.Error(all, "no folder in it has an input_0.pb");
        foreach (string folder in inside.Length > 0 ? inside : [all]) yield return folder;
    }

    private static bool HasInput(string folder) => File.Exists(Path.Combine(folder, "input_0.pb"));

    private static FeedSet Read(string folder, Graph graph)
    {
        TestDataSet set = TestDataSet.Read(folder, graph);
        var faults = new List<Diagnostic>();
        foreach (Value input in graph.Inputs)
            if (set.Inputs.FirstOrDefault(i => i.Name == input.Name) is not { Value: { } value })
            {
                if (!graph.Defaults.ContainsKey(input)) faults.Add(OnnxCodes.BadTestData.At(folder, $"it has no input '{input.Name}'"));
            }
            else if (value is TensorValue { Data: var data } && input.Type is TensorType wanted && IrType.Merge(wanted, data.Type) is null)
                faults.Add(OnnxCodes.BadTestData.At(folder, $"input '{input.Name}' is {data.Type}, the model takes {wanted}"));
        return faults.Count == 0 ? FeedSet.Of(set, graph) : throw new ModelException(faults);
    }
}
