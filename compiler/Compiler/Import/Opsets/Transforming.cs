using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>DFT: the axis is an input since opset 20, with another default.</summary>
internal static class Transforming
{
    public static string? FromAttribute(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        edit.SetInput(2, edit.Constant(TensorData.Scalar(ElementType.Int64, axis)));
        return null;
    }

    public static string? ToAttribute(NodeEdit edit)
    {
        long[]? axis = edit.Input(2) is null ? [-2] : edit.KnownIntegers(2);
        if (axis is not [var one]) return "the axis is computed";
        edit.SetInput(2, null);
        edit.Set("axis", one);
        return null;
    }
}
