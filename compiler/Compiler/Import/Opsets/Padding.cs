using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Pad: attributes until opset 11, for all axes until 18.</summary>
internal static class Padding
{
    public static string? FromAttributes(NodeEdit edit)
    {
        float fill = edit.Take("value") is FloatAttribute v ? v.Value : 0;
        edit.SetInput(1, edit.Integers(edit.TakeInts("pads") ?? []));
        if (fill == 0) return null;
        ElementType element = edit.Input(0)?.ElementType ?? ElementType.Undefined;
        if (Limits.FloatScalar(element, fill) is not { } scalar) return $"'value' needs a known type of floats, it is {element.Keyword()}";
        edit.SetInput(2, edit.Constant(scalar));
        return null;
    }

    /// <summary>Spreads pads of some axes over all, with 0 for the others.</summary>
    public static string? OfAllAxes(NodeEdit edit)
    {
        if (edit.Input(3) is null) return null;
        if (edit.KnownIntegers(3) is not { } axes || edit.KnownIntegers(1) is not { } pads || edit.Shape(0)?.Rank is not { } rank)
            return "axes are given, and they, the pads or the rank are not known";
        if (pads.Length != 2 * axes.Length) return $"{pads.Length} pads are given for {axes.Length} axes";
        var all = new long[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank) return $"axis {axes[i]} is outside rank {rank}";
            (all[axis], all[axis + rank]) = (pads[i], pads[i + axes.Length]);
        }
        edit.SetInput(1, edit.Integers(all));
        edit.SetInput(3, null);
        return null;
    }
}
