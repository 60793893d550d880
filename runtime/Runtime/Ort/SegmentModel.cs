using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// A segment as an ONNX model in memory. Weights that are in the model's files stay there: ONNX Runtime maps the files, so sessions of
/// one model share them.
/// </summary>
/// <param name="Graph">The segment's graph.</param>
/// <param name="Bytes">The serialized model.</param>
/// <param name="Directory">The folder of the files with weights; null if the model came from no file.</param>
internal sealed record SegmentModel(Graph Graph, byte[] Bytes, string? Directory)
{
    public static SegmentModel Of(Model model, GraphSegment segment)
    {
        Graph graph = segment.Extract(model.Graph, weightsAsInputs: false, $"segment {segment.Index}");
        string? directory = model.Path is { } path ? Path.GetDirectoryName(path) : null;
        var part = new Model(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion };
        return new(graph, OnnxWriter.ToBytes(part, new OnnxWriteOptions { ReferTo = directory, ValueTypes = false }), directory);
    }
}
