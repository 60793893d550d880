using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Inference;

/// <summary>Whether a Loop can end before its trip count.</summary>
public static class LoopCondition
{
    /// <summary>
    /// Whether the condition is true before the loop (left out means true) and the body never makes it false: it returns a
    /// constant true, or the condition that it takes.
    /// </summary>
    public static bool IsAlwaysTrue(Value? initial, Graph body)
    {
        if (initial is not null && !IsTrue(initial)) return false;
        if (body.Outputs.IsEmpty) return false;
        Value condition = body.Outputs[0];
        for (int n = body.Nodes.Length - 1; n >= 0; n--) // nodes are in order: one walk backwards follows all copies
            if (body.Nodes[n] is var copy && (copy.Op.Is("Identity") || copy.Op.Is("Cast"))
                && copy.Output(0) == condition && copy.Input(0) is { } source)
                condition = source;
        return IsTrue(condition) || (body.Inputs.Length > 1 && condition == body.Inputs[1]);
    }

    /// <summary>Whether a condition is known to be true.</summary>
    public static bool IsTrue(Value value) =>
        value.Data is { ElementCount: 1 } data and not StringTensor ? data.Bytes.Span.IndexOfAnyExcept((byte)0) >= 0
        : value.Elements is [var e] && DimMath.Number(e) is not (null or 0);
}
