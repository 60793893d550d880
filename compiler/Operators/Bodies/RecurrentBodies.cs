namespace GraphPartition.Operators.Bodies;

/// <summary>Recurrent layers with the batch first: https://onnx.ai/onnx/operators/onnx__LSTM.html.</summary>
internal static class RecurrentBodies
{
    private const int FirstState = 5, LastState = 6; // of the inputs

    /// <summary>
    /// GRU, LSTM and RNN with layout 1 as the same with layout 0 between transposes. Parsers of TensorRT ignore the attribute, and ONNX
    /// Runtime's CPU kernels refuse it.
    /// </summary>
    public static string? TimeFirst(BodyBuilder b, string op)
    {
        if (b.Attributes.Int("layout") == 0) return "its time comes first already";
        Value?[] inputs = [.. Enumerable.Range(0, b.InputCount).Select(i => !b.Has(i) ? null
            : i is 0 or FirstState or LastState ? b.Transpose(b.Input(i), 1, 0, 2) : b.Input(i))];
        ImmutableArray<Value?> results = b.AddMany(op, inputs, op == "LSTM" ? 3 : 2, b.Own("activation_alpha", "activation_beta",
            "activations", "clip", "direction", "hidden_size", "input_forget", "linear_before_reset"));
        if (b.Wants(0)) b.Result(0, "Transpose", [results[0]], ("perm", new long[] { 2, 0, 1, 3 }));
        for (int i = 1; i < results.Length; i++)
            if (b.Wants(i)) b.Result(i, "Transpose", [results[i]], ("perm", new long[] { 1, 0, 2 }));
        return null;
    }
}
