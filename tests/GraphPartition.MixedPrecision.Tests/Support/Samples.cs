using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>Samples of a model in memory.</summary>
internal sealed class Samples : IDisposable
{
    private readonly List<Dictionary<string, OrtValue>> _values;

    public Samples(params IEnumerable<IReadOnlyDictionary<string, DataValue>> samples)
    {
        _values = [.. samples.Select(s => s.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)))];
        Runner = new OrtSampleRunner(_values);
    }

    public OrtSampleRunner Runner { get; }

    /// <summary>One sample of numbers that a seed draws.</summary>
    public static Samples Of(Graph graph) => new([TestRun.Inputs(graph)]);

    public void Dispose() => _values.ForEach(s => s.Values.ToList().ForEach(v => v.Dispose()));
}
