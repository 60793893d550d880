using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Slice before opset 10, and Shape, which can slice since 15.</summary>
internal static class Slicing
{
    public static string? FromAttributes(NodeEdit edit)
    {
        edit.SetInput(1, edit.Integers(edit.TakeInts("starts") ?? []));
        edit.SetInput(2, edit.Integers(edit.TakeInts("ends") ?? []));
        if (edit.TakeInts("axes") is { } axes) edit.SetInput(3, edit.Integers(axes));
        return null;
    }

    /// <summary>A part of a shape is a slice of the whole.</summary>
    public static string? OfWholeShape(NodeEdit edit)
    {
        long start = edit.Take("start") is IntAttribute s ? s.Value : 0;
        AttributeValue? end = edit.Take("end");
        if (start == 0 && end is null) return null;
        Value whole = edit.Emit("Shape", [edit.Input(0)]);
        edit.Op = "Slice";
        edit.SetInputs(whole, edit.Integers(start), edit.Integers(end is IntAttribute e ? e.Value : long.MaxValue), edit.Integers(0));
        return null;
    }
}
