namespace GraphPartition.Operators.Families;

/// <summary>
/// Recurrent layers: X is [time, batch, input] (layout 0) or [batch, time, input] (layout 1), Y gets a dimension of
/// directions. https://onnx.ai/onnx/operators/onnx__LSTM.html.
/// </summary>
internal static class Recurrent
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        .. OperatorRow.Of(Infer, "GRU", "LSTM", "RNN"),
        .. OperatorRow.In("com.microsoft", Infer, "AttnLSTM", "DynamicQuantizeLSTM"),
    ];

    private static void Infer(NodeTyping n)
    {
        if (n.Shape(0) is { } x && x.Rank != 3)
        {
            n.Contradiction($"X is {x}, expected 3 dimensions");
            return;
        }
        bool isBatchFirst = n.Int("layout") != 0;
        Dim directions = n.Attributes.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        Dim time = n.Dim(0, isBatchFirst ? 1 : 0), batch = n.Dim(0, isBatchFirst ? 0 : 1);
        Dim hidden = n.Attributes.Has("hidden_size") ? n.SizeAttribute("hidden_size") : n.Dim(2, 2);
        n.Set(0, isBatchFirst ? new Shape(batch, time, directions, hidden) : new Shape(time, directions, batch, hidden));
        for (int i = 1; i < n.OutputCount; i++)
            n.Set(i, isBatchFirst ? new Shape(batch, directions, hidden) : new Shape(directions, batch, hidden));
    }
}
