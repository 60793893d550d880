namespace GraphPartition.Operators.Bodies;

/// <summary>Operators along one axis, which TensorRT has for two dimensions and more: a vector becomes a matrix of one row.</summary>
internal static class VectorBodies
{
    /// <summary>Softmax, LogSoftmax and Hardmax of a vector.</summary>
    public static FunctionBody Normalized(string op) => b =>
    {
        if (b.Input(0).Shape is not { Rank: 1 }) return Reason;
        b.Result(0, "Squeeze", [b.Add(op, [Row(b)], ("axis", 1L)), b.Integers(0)]);
        return null;
    };

    /// <summary>ArgMax and ArgMin of a vector.</summary>
    public static FunctionBody Place(string op) => b =>
    {
        if (b.Input(0).Shape is not { Rank: 1 }) return Reason;
        bool keeps = b.Attributes.Int("keepdims", 1) != 0;
        Value place = b.Add(op, [Row(b)], [("axis", 1L), .. b.Own("select_last_index")]);
        b.Result(0, "Squeeze", [place, keeps ? b.Integers(0) : b.Integers(0, 1)]);
        return null;
    };

    private const string Reason = "only that of a vector has another form";

    private static Value Row(BodyBuilder b) => b.Add("Unsqueeze", [b.Input(0), b.Integers(0)]);
}
