namespace GraphPartition.Operators.Families;

/// <summary>Losses and optimizer steps of training graphs.</summary>
internal static class Losses
{
    private const string Training = "ai.onnx.preview.training";

    private static readonly OperatorDefinition Common = Pure with
    {
        Types = Loss,
        Sizes = Rising,
        Rows = Unless("its result is one for the whole batch"),
        TakesSizes = true,
    };

    public static OperatorFamily Family => new()
    {
        ["NegativeLogLikelihoodLoss"] = Common with { Body = LossBodies.NegativeLogLikelihoodLoss },
        ["SoftmaxCrossEntropyLoss"] = Common with { Body = LossBodies.SoftmaxCrossEntropyLoss },
        [Training, "Adagrad Momentum"] = Pure with { Types = n => Step(n, 3) },
        [Training, "Adam"] = Pure with { Types = n => Step(n, 4) },
        [Training, "Gradient"] = new() { Types = Gradient }, // of other nodes of the graph: not pure
    };

    /// <summary>One loss for each target, or one in all. The second output, where there is one, has the scores' shape.</summary>
    private static void Loss(NodeTyping n)
    {
        n.Set(0, n.Attributes.Text("reduction", "mean") == "none" ? n.Shape(1) : Shape.Scalar);
        n.Set(1, n.Shape(0));
    }

    /// <summary>
    /// After the rate and the step count come <paramref name="kinds"/> lists of equal length: values, gradients and states.
    /// The outputs are the new values and states: all lists but the gradients.
    /// </summary>
    private static void Step(NodeTyping n, int kinds)
    {
        int length = (n.InputCount - 2) / kinds;
        for (int i = 0; i < n.OutputCount; i++)
            if (n.Node.Input(2 + (i < length ? i : i + length)) is { } old) n.SetType(i, old.Type);
    }

    /// <summary>A gradient has the type of the value that it is taken with respect to.</summary>
    private static void Gradient(NodeTyping n)
    {
        for (int i = 0; i < n.OutputCount; i++)
            if (n.Node.Input(i) is { } x) n.SetType(i, x.Type);
    }
}
