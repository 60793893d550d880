using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Binary operators before opset 7: B is stretched over A only where 'broadcast' says so, from dimension 'axis' on.</summary>
internal static class Broadcasting
{
    public static string? FromAttributes(NodeEdit edit)
    {
        bool broadcast = edit.Take("broadcast") is IntAttribute { Value: not 0 };
        if (edit.Take("axis") is not IntAttribute { Value: var axis } || !broadcast) return null; // aligned at the last dimension, as today
        if (edit.Shape(0)?.Rank is not { } rankA || edit.Shape(1)?.Rank is not { } rankB) return "'axis' needs known ranks";
        if (axis < 0) axis += rankA;
        long behind = rankA - axis - rankB;
        if (behind < 0) return $"'axis' is {axis}, the ranks are {rankA} and {rankB}";
        if (behind == 0) return null;
        // B's dimensions stand at axis..; ones behind them bring numpy's alignment to the same place.
        long[] ones = [.. Enumerable.Range(rankB, (int)behind).Select(i => (long)i)];
        edit.SetInput(1, edit.Emit("Unsqueeze", [edit.Input(1), edit.Integers(ones)]));
        return null;
    }
}
