namespace GraphPartition.Operators.Bodies;

/// <summary>
/// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss (https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html).
/// </summary>
internal static class LossBodies
{
    /// <summary>
    /// NegativeLogLikelihoodLoss(X, targets, weights?): X [N, C, ...] holds logarithms; the loss of a target t is -weights[t] X[n, t, ...].
    /// </summary>
    public static string? NegativeLogLikelihoodLoss(BodyBuilder b) => Loss(b, b.Input(0));

    /// <summary>SoftmaxCrossEntropyLoss(scores, targets, weights?) -> loss, logarithms?: as above, of the log softmax of scores.</summary>
    public static string? SoftmaxCrossEntropyLoss(BodyBuilder b)
    {
        Value logarithms = b.Wants(1) ? b.Result(1, "LogSoftmax", [b.Input(0)], ("axis", 1L))
            : b.Add("LogSoftmax", [b.Input(0)], ("axis", 1L));
        return Loss(b, logarithms);
    }

    private static string? Loss(BodyBuilder b, Value logarithms)
    {
        ElementType type = logarithms.ElementType;
        string reduction = b.Attributes.Text("reduction", "mean");
        Value target = b.Input(1);
        Value? ignored = null;
        if (b.Attributes.Has("ignore_index"))
        {
            // An ignored target may be no class, so it reads class 0 and has the weight 0.
            ignored = b.Add("Equal", [target, b.Number(target.ElementType, b.Attributes.Int("ignore_index"))]);
            target = b.Add("Where", [ignored, b.Number(target.ElementType, 0), target]);
        }
        Value? weights = b.Has(2) ? b.Add("Gather", [b.Input(2), target]) : null;
        if (ignored is not null) weights = b.Add("Where", [ignored, b.Number(type, 0), weights ?? b.Number(type, 1)]);

        Value column = b.Add("Unsqueeze", [target, b.Integers(1)]);
        Value chosen = b.Add("Squeeze", [b.Add("GatherElements", [logarithms, column], ("axis", 1L)), b.Integers(1)]);
        if (weights is null)
        {
            if (reduction == "none") b.Result(0, "Neg", [chosen]);
            else b.Result(0, reduction == "sum" ? "ReduceSum" : "ReduceMean", [b.Add("Neg", [chosen])], ("keepdims", 0L));
            return null;
        }
        Value negated = b.Add("Neg", [chosen]);
        if (reduction == "none")
        {
            b.Result(0, "Mul", [negated, weights]);
            return null;
        }
        Value losses = b.Add("Mul", [negated, weights]);
        if (reduction == "sum") b.Result(0, "ReduceSum", [losses], ("keepdims", 0L));
        else b.Result(0, "Div", [b.Add("ReduceSum", [losses], ("keepdims", 0L)), b.Add("ReduceSum", [weights], ("keepdims", 0L))]);
        return null;
    }
}
