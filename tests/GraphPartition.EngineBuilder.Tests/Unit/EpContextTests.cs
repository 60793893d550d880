using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>EPContext models for the providers of ONNX Runtime.</summary>
public sealed class EpContextTests
{
    /// <summary>TensorRT and TensorRT-RTX have a provider each, and neither loads engines of the other.</summary>
    [MockTheory]
    [InlineData("trt10_16", "TensorrtExecutionProvider")]
    [InlineData("rtx1_6", "NvTensorRTRTXExecutionProvider")]
    public void The_source_is_the_provider_that_loads_the_engine(string layout, string provider)
    {
        EngineLab lab = new(layout);
        using var folder = new TemporaryFolder();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        string written = Assert.Single(EpContext.Write(lab.Compile(model).Compiled, folder.Path, embed: true));
        Node node = Assert.Single(OnnxReader.Read(written).Graph.Nodes);
        Assert.Equal(provider, node.Attributes.Text("source"));
        lab.AssertClean();
    }
}
