namespace GraphPartition.Operators.Families;

/// <summary>
/// Recurrent layers: X is [time, batch, input] (layout 0) or [batch, time, input] (layout 1), Y gets a dimension of
/// directions. https://onnx.ai/onnx/operators/onnx__LSTM.html.
/// </summary>
internal static class Recurrent
{
    private const int Lengths = 4, FirstState = 5, LastState = 6;

    private static readonly OperatorDefinition Common = Pure with { Types = Infer, Sizes = Rising };

    public static OperatorFamily Family => new()
    {
        ["GRU"] = Layer("GRU", gates: 3),
        ["LSTM"] = Layer("LSTM", gates: 4),
        ["RNN"] = Layer("RNN", gates: 1),
        [OrtDomain, "AttnLSTM"] = Common,
        [OrtDomain, "DynamicQuantizeLSTM"] = Common with { Rows = Unless(Quantization.OneScale) },
    };

    private static OperatorDefinition Layer(string op, int gates) => Common with
    {
        Check = NodeChecks.Recurrent(gates),
        LowPrecision = LowPrecision.Faster,
        Work = Work.Of(Gates),
        Rows = Follow,
        Body = b => RecurrentBodies.TimeFirst(b, op),
    };

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

    /// <summary>
    /// W is [directions, gates * hidden, input] and R [directions, gates * hidden, hidden]: both are applied once a step and sample.
    /// </summary>
    private static double Gates(Node node) =>
        2 * Work.Size(node.Input(0), 0) * Work.Size(node.Input(0), 1) * (Work.Count(node.Input(1)) + Work.Count(node.Input(2)));

    /// <summary>Along time, each sample by itself.</summary>
    private static BatchAnswer Follow(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (!x.HasRows)
            return n.Inputs.All(f => f.IsFixed) ? BatchAnswer.Of(n.OfRank(4), n.OfRank(3), n.OfRank(3))
                : "a state depends on the batch, its input does not";
        bool batchFirst = n.Attributes.Int("layout") != 0;
        int axis = batchFirst ? 0 : 1;
        if (x.Axis != axis || x.Rank != 3) return "it goes from sample to sample";
        if (n.WhyNotFixed(1, 2, 3, 7) is { } reason) return reason;
        if (n.Has(Lengths) && n.In(Lengths).Axis != 0) return "its lengths are not of single samples";
        for (int i = FirstState; i <= LastState; i++)
            if (n.Has(i) && n.In(i).Axis != axis) return "its first state is not of single samples";
        Extent rows = x.Dims[axis], steps = x.Dims[1 - axis];
        Extent size = n.Attributes.Has("hidden_size") ? n.Attributes.Int("hidden_size") : n.Fresh();
        Extent ways = n.Attributes.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        BatchFact all = batchFirst ? BatchFact.Rows(0, [rows, steps, ways, size]) : BatchFact.Rows(2, [steps, ways, rows, size]);
        BatchFact last = batchFirst ? BatchFact.Rows(0, [rows, ways, size]) : BatchFact.Rows(1, [ways, rows, size]);
        return BatchAnswer.Of(all, last, last);
    }
}
