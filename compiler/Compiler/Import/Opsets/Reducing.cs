using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Reductions: their axes are an input since opset 18 (of ReduceSum since 13).</summary>
internal static class Reducing
{
    public static string? ToAttributes(NodeEdit edit)
    {
        bool noop = edit.Take("noop_with_empty_axes") is IntAttribute { Value: not 0 };
        long[]? axes = edit.Input(1) is null ? [] : edit.KnownIntegers(1);
        if (axes is null) return "the axes are computed";
        if (axes.Length == 0 && noop) return "noop_with_empty_axes = 1";
        if (axes.Length > 0) edit.Set("axes", axes);
        edit.SetInput(1, null);
        return null;
    }
}
