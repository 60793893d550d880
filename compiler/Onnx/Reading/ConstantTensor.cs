using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Onnx.Reading;

/// <summary>
/// The tensor that a Constant operator says in one of its attribute forms (https://onnx.ai/onnx/operators/onnx__Constant.html).
/// A sparse value stays a node.
/// </summary>
internal static class ConstantTensor
{
    /// <summary>The tensor, or null where the node is no Constant or one that stays a node.</summary>
    public static TensorData? Of(ImportedNode node)
    {
        if (!node.Op.Is("Constant") || node.Outputs.Length != 1 || node.Inputs.Length != 0 || node.Attributes.Count != 1) return null;
        foreach ((string name, AttributeValue value) in node.Attributes)
            return (name, value) switch
            {
                ("value", TensorAttribute a) => a.Value,
                ("value_float", FloatAttribute a) => TensorData.Scalar(ElementType.Float32, a.Value),
                ("value_floats", FloatsAttribute a) => TensorData.Of(ElementType.Float32, a.Values.AsSpan(), a.Values.Length),
                ("value_int", IntAttribute a) => TensorData.Scalar(ElementType.Int64, a.Value),
                ("value_ints", IntsAttribute a) => TensorData.Int64s(a.Values.AsSpan()),
                ("value_string", StringAttribute a) => new StringTensor([], [a.Bytes]),
                ("value_strings", StringsAttribute a) => new StringTensor([a.Values.Length], a.Values),
                _ => null,
            };
        return null;
    }
}
