using System.Collections.Immutable;

namespace GraphPartition.Onnx.Writing;

/// <summary>
/// Puts denotations (<see cref="GraphPartition.Ir.Graphs.ValueMetadata.Denotations"/>) into a type. Where passes have changed the type so that it has other
/// dimensions, only what the type itself stands for is certain.
/// </summary>
internal static class DenotationWriter
{
    public static void Write(ImmutableArray<string> denotations, GraphPartition.Onnx.Proto.TypeProto type)
    {
        var places = new List<Action<string>>();
        Collect(type, places);
        int certain = places.Count == denotations.Length ? places.Count : 1;
        for (int i = 0; i < certain; i++)
            if (denotations[i].Length > 0) places[i](denotations[i]);
    }

    private static void Collect(GraphPartition.Onnx.Proto.TypeProto type, List<Action<string>> places)
    {
        places.Add(text => type.Denotation = text);
        if ((type.TensorType?.Shape ?? type.SparseTensorType?.Shape) is { } shape)
            foreach (GraphPartition.Onnx.Proto.TensorShapeProto.Types.Dimension dim in shape.Dim) places.Add(text => dim.Denotation = text);
        if ((type.SequenceType?.ElemType ?? type.OptionalType?.ElemType ?? type.MapType?.ValueType) is { } inner) Collect(inner, places);
    }
}
