using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Clip before opset 11: its limits are attributes; the defaults are the ends of float32, which limit nothing.</summary>
internal static class Limits
{
    public static string? FromAttributes(NodeEdit edit)
    {
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        foreach ((string name, int input) in (ReadOnlySpan<(string, int)>)[("min", 1), ("max", 2)])
        {
            if (edit.Take(name) is not FloatAttribute { Value: var limit } || limit is float.MinValue or float.MaxValue) continue;
            if (FloatScalar(element, limit) is not { } scalar) return $"'{name}' needs a known type of floats, it is {element.Keyword()}";
            edit.SetInput(input, edit.Constant(scalar));
        }
        return null;
    }

    /// <summary>A float as a scalar of a type that an operator's input has; null where that is no type of floats, or not known.</summary>
    public static TensorData? FloatScalar(ElementType element, float value) => element switch
    {
        ElementType.Float32 => TensorData.Scalar(element, value),
        ElementType.Float64 => TensorData.Scalar(element, (double)value),
        ElementType.Float16 => TensorData.Scalar(element, (Half)value),
        _ => null,
    };
}
