using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Inputs;

/// <summary>The samples of a model. Each is checked once; then as many as fit into a limit stay in memory, others are read again.</summary>
internal sealed class SampleSet : IDisposable, IReadOnlyList<IReadOnlyDictionary<string, OrtValue>>
{
    private const long MostBytes = 256L << 20;

    private readonly string[] _folders;
    private readonly Graph _graph;
    private readonly Queue<(int Sample, long Bytes)> _order = [];
    private readonly Dictionary<int, FeedSet> _inMemory = [];
    private long _bytes;

    private SampleSet(string[] folders, Graph graph) => (_folders, _graph) = (folders, graph);

    /// <summary>Reads samples.</summary>
    /// <param name="request">Where they are.</param>
    /// <param name="graph">The graph whose inputs they are.</param>
    /// <param name="most">The most samples, evenly spread.</param>
    /// <exception cref="ModelException">GP5008: a sample cannot be read or does not fit the inputs, or there is none.</exception>
    public static SampleSet Of(SampleRequest request, Graph graph, int most = int.MaxValue)
    {
        string[] all = [.. Folders(request)];
        int count = Math.Min(most, all.Length);
        var set = new SampleSet([.. Enumerable.Range(0, count).Select(s => all[(int)((long)s * all.Length / count)])], graph);
        try
        {
            for (int sample = 0; sample < set.Count; sample++) _ = set[sample];
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _folders.Length;

    /// <summary>The inputs of a sample by name; they live until other samples need the memory.</summary>
    public IReadOnlyDictionary<string, OrtValue> this[int sample]
    {
        get
        {
            if (_inMemory.TryGetValue(sample, out FeedSet? known)) return known.Values;
            FeedSet feeds = Read(_folders[sample], _graph);
            long bytes = feeds.Values.Values.Sum(v => v.IsTensor ? v.GetTensorSizeInBytes() : 0);
            while (_order.Count > 0 && _bytes + bytes > MostBytes)
            {
                (int oldest, long freed) = _order.Dequeue();
                _inMemory.Remove(oldest, out FeedSet? old);
                old!.Dispose();
                _bytes -= freed;
            }
            _inMemory.Add(sample, feeds);
            _order.Enqueue((sample, bytes));
            _bytes += bytes;
            return feeds.Values;
        }
    }

    /// <summary>Runs models on the samples.</summary>
    public OrtSampleRunner Runner(CustomOperators operators) => new(this, operators);

    /// <inheritdoc/>
    public IEnumerator<IReadOnlyDictionary<string, OrtValue>> GetEnumerator() =>
        Enumerable.Range(0, Count).Select(s => this[s]).GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FeedSet feeds in _inMemory.Values) feeds.Dispose();
        _inMemory.Clear();
    }

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
