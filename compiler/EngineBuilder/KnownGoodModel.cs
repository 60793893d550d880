using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// A model that every release parses and builds: relu(x w), with x and w of f32[4,4]. If TensorRT fails on it, the machine or the options
/// are at fault. It has weights, because some options (refitting, stripping) fail only with weights.
/// </summary>
internal static class KnownGoodModel
{
    private const int Side = 4;

    /// <summary>The name of the network.</summary>
    public const string Name = "known_good";

    /// <summary>The serialized ModelProto.</summary>
    public static byte[] Bytes { get; } = Write();

    private static byte[] Write()
    {
        var graph = new GraphBuilder(DeclaredTypes.Instance) { Name = Name };
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(Side, Side));
        Value x = graph.Input("x", type), product = new("product", type), y = new("y", type);
        Value w = graph.Constant("w", TensorData.Floats([.. Enumerable.Range(0, Side * Side).Select(i => i / 16f)], Side, Side));
        graph.Define("MatMul", [x, w], [product], AttributeMap.Empty);
        graph.Define("Relu", [product], [y], AttributeMap.Empty);
        return OnnxWriter.ToBytes(new Model(graph.Build(y)) { Opsets = OpsetVersions.Standard(13), FormatVersion = 7 });
    }
}
