using GraphPartition.CompiledModels;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.ExecutionProvider.Contexts;

/// <summary>
/// One group as a compiled model (<see cref="CompiledModelFormat"/>): its nodes and weights, and engines for any number of machines. So
/// an EPContext node runs everywhere, and gpc can inspect it and add engines to it.
/// </summary>
internal static class GroupContainer
{
    /// <summary>The group that a model of the host is, without engines.</summary>
    public static CompiledModel Of(HostModel source)
    {
        Model model = OnnxReader.Read(source.Bytes, new OnnxReadOptions { Resident = source.Resident });
        Cut cut = Cut.Of(model.Graph, new int[model.Graph.Nodes.Length], [true],
            (_, segment) => new TrtNode(0, segment with { Inputs = model.Graph.Inputs, Outputs = model.Graph.Outputs }), []);
        return new CompiledModel(model, cut, "");
    }

    /// <summary>The portable form of a group: a model that any ONNX Runtime executes.</summary>
    public static byte[] Portable(CompiledModel group) => OnnxWriter.ToBytes(group.Model);
}
