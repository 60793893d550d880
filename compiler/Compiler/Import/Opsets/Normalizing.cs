using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>GroupNormalization: scale and bias are one number for each group in opset 18, for each channel since 21.</summary>
internal static class Normalizing
{
    public static string? ScalePerChannel(NodeEdit edit)
    {
        long groups = edit.Attributes.Int("num_groups");
        if (edit.Shape(0) is not { Rank: >= 2 } shape || !shape[1].IsKnown) return "the number of channels is not known";
        if (groups <= 0 || shape[1].Size % groups != 0) return $"{shape[1].Size} channels do not make {groups} groups";
        for (int input = 1; input <= 2; input++)
        {
            Value column = edit.Emit("Unsqueeze", [edit.Input(input), edit.Integers(1)]);
            Value table = edit.Emit("Expand", [column, edit.Integers(groups, shape[1].Size / groups)]);
            edit.SetInput(input, edit.Emit("Reshape", [table, edit.Integers(-1)]));
        }
        return null;
    }

    /// <summary>
    /// Opset 18 cannot scale channels of a group apart, so that is done behind: y = GroupNorm(x, 1, 0) * scale + bias, with
    /// scale and bias as [C, 1, ..., 1].
    /// </summary>
    public static string? ScalePerGroup(NodeEdit edit)
    {
        if (edit.Shape(0) is not { Rank: >= 2 } shape) return "the rank is not known";
        if (edit.Take("stash_type") is IntAttribute { Value: not 1 }) return "stash_type is not 1";
        ElementType element = edit.Input(0)!.ElementType;
        long groups = edit.Attributes.Int("num_groups");
        if (Limits.FloatScalar(element, 1) is not { } one || Limits.FloatScalar(element, 0) is not { } zero) return $"the type is {element.Keyword()}";
        Value count = edit.Integers(groups);
        Value ones = edit.Emit("Expand", [edit.Constant(one), count]), zeros = edit.Emit("Expand", [edit.Constant(zero), count]);
        Value normal = edit.Emit("GroupNormalization", [edit.Input(0), ones, zeros], edit.Attributes);
        long[] column = [.. Enumerable.Range(0, shape.Rank - 1).Select(i => i == 0 ? -1L : 1L)];
        Value columnShape = edit.Integers(column);
        Value scaled = edit.Emit("Mul", [normal, edit.Emit("Reshape", [edit.Input(1), columnShape])]);
        Value bias = edit.Emit("Reshape", [edit.Input(2), columnShape]);
        edit.Op = "Add";
        edit.Attributes = AttributeMap.Empty;
        edit.SetInputs(scaled, bias);
        return null;
    }
}
