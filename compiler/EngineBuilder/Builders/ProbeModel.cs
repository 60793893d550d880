using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>A model that every release of TensorRT builds: if it fails, the model of the user is not to blame.</summary>
internal static class ProbeModel
{
    /// <summary>One Identity node on one number.</summary>
    public static OnnxModel Identity { get; } = new(Write(), null);

    private static byte[] Write()
    {
        var graph = new GraphBuilder(DeclaredTypes.Instance) { Name = "probe" };
        Value x = graph.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
        Value y = new("y", x.Type);
        graph.Define("Identity", [x], [y], AttributeMap.Empty);
        return OnnxWriter.ToBytes(new Model(graph.Build(y)) { Opsets = OpsetVersions.Standard(13), FormatVersion = 7 });
    }
}
