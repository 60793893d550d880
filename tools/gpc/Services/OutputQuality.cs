using System.Collections.Immutable;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>How well an output of a model keeps that of another.</summary>
/// <param name="Name">The output.</param>
/// <param name="Quality">The comparison; null where the two cannot be compared.</param>
internal sealed record OutputQuality(string Name, SignalQuality? Quality)
{
    /// <summary>Runs two models on the same inputs in plain ONNX Runtime and compares the outputs that both have.</summary>
    public static ImmutableArray<OutputQuality> Compare(Model expected, Model actual, FeedSet feeds, ModelSessionOptions options)
    {
        Dictionary<string, DataValue> xs = Run(expected, feeds, options), ys = Run(actual, feeds, options);
        return [.. xs.Where(x => ys.ContainsKey(x.Key)).Select(x => new OutputQuality(x.Key,
            x.Value is TensorValue a && ys[x.Key] is TensorValue b ? SignalQuality.Between(a.Data, b.Data) : null))];
    }

    private static Dictionary<string, DataValue> Run(Model model, FeedSet feeds, ModelSessionOptions options)
    {
        using PlainSession session = PlainSession.Load(OpsetExport.Lowest(model), options);
        using var results = session.Run(feeds.Values);
        return model.Graph.Outputs.Zip(results).DistinctBy(r => r.First.Name)
            .ToDictionary(r => r.First.Name, r => OrtValues.ToData(r.Second));
    }
}
