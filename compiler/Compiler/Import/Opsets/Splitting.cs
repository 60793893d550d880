using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Split: since opset 18 a node must say how many parts it makes, or their sizes; parts need not be equal any more.</summary>
internal static class Splitting
{
    public static string? CountParts(NodeEdit edit)
    {
        if (edit.Input(1) is null) edit.Set("num_outputs", edit.OutputCount);
        return null;
    }

    public static string? ToEqualParts(NodeEdit edit)
    {
        if (edit.Take("num_outputs") is not IntAttribute { Value: var parts } || edit.Input(1) is not null) return null;
        long axis = edit.Attributes.Int("axis");
        if (edit.Shape(0) is not { } shape || axis < -shape.Rank || axis >= shape.Rank) return null; // fails at run time if unequal
        Dim dim = shape[(int)(axis < 0 ? axis + shape.Rank : axis)];
        if (!dim.IsKnown || parts <= 0 || dim.Size % parts == 0) return null;
        long size = (dim.Size + parts - 1) / parts;
        long[] sizes = [.. Enumerable.Range(0, (int)parts).Select(i => Math.Clamp(dim.Size - i * size, 0, size))];
        edit.SetInput(1, edit.Integers(sizes));
        return null;
    }
}
