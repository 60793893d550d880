using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Softmax and its like before opset 13: over all dimensions from 'axis' (default 1) on, as one.</summary>
internal static class Flattening
{
    public static string? FromFlattened(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        if (IsOverOneDimension(edit.Shape(0), axis))
        {
            edit.Set("axis", axis);
            return null;
        }
        Value x = edit.Input(0)!;
        Value shape = edit.Emit("Shape", [x]);
        Value flat = edit.Emit("Flatten", [x], AttributeMap.Of(("axis", axis)));
        Value result = edit.Emit(edit.Op.Type, [flat], AttributeMap.Of(("axis", -1L)));
        edit.Op = "Reshape";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(result, shape);
        return null;
    }

    /// <summary>Whether all dimensions behind the axis are 1, so that both meanings are the same.</summary>
    private static bool IsOverOneDimension(Shape? shape, long axis)
    {
        if (shape is null) return axis == -1;
        if (axis < 0) axis += shape.Rank;
        if (axis < 0 || axis >= shape.Rank) return false;
        for (int i = (int)axis + 1; i < shape.Rank; i++)
            if (!shape[i].Is(1)) return false;
        return true;
    }
}
