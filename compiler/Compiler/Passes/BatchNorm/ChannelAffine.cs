namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>y[c] = Scale[c] * x[c] + Shift[c] for each channel c, in double precision.</summary>
/// <param name="Scale">One for each channel.</param>
/// <param name="Shift">One for each channel.</param>
internal sealed record ChannelAffine(double[] Scale, double[] Shift)
{
    /// <summary>Whether nothing is added.</summary>
    public bool IsLinear => Array.TrueForAll(Shift, s => s == 0);

    /// <summary>First this, then <paramref name="next"/>: s2 * (s1 * x + t1) + t2.</summary>
    public ChannelAffine Then(ChannelAffine next)
    {
        var (scale, shift) = (new double[Scale.Length], new double[Scale.Length]);
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] = next.Scale[c] * Scale[c];
            shift[c] = next.Scale[c] * Shift[c] + next.Shift[c];
        }
        return new(scale, shift);
    }

    /// <summary>A BatchNormalization in inference form. scale = gamma / sqrt(variance + epsilon), shift = beta - scale * mean.</summary>
    public static Match<ChannelAffine> OfBatchNorm(Node node, int opset)
    {
        if (!node.Op.Is("BatchNormalization")) return default;
        if (node.Version != 0) return Match.No($"it has the form of opset {node.Version}");
        if (opset < 7 ? node.Attributes.Int("is_test") == 0 : node.Attributes.Int("training_mode") != 0 || node.Output(1) is not null)
            return Match.No("it is in training mode");
        if (node.Attributes.Int("spatial", 1) == 0) return Match.No("it normalizes each position separately (spatial = 0)");
        var given = new double[4][];
        for (int i = 0; i < 4; i++)
        {
            if (RealNumbers.Of(node.Input(i + 1)?.Data) is not { } numbers)
                return Match.No("scale, bias, mean or variance is not a constant");
            if (i > 0 && numbers.Length != given[0].Length) return Match.No("scale, bias, mean and variance have different lengths");
            given[i] = numbers;
        }
        (double[] gamma, double[] beta, double[] mean, double[] variance) = (given[0], given[1], given[2], given[3]);
        double epsilon = node.Attributes.Float("epsilon", 1e-5f);
        var (scale, shift) = (new double[gamma.Length], new double[gamma.Length]);
        for (int c = 0; c < scale.Length; c++)
        {
            if (!(variance[c] >= 0) || !(variance[c] + epsilon > 0))
                return Match.No($"the variance of channel {c} is {variance[c]}, epsilon {epsilon}");
            scale[c] = gamma[c] / Math.Sqrt(variance[c] + epsilon);
            shift[c] = beta[c] - scale[c] * mean[c];
        }
        return Checked(scale, shift);
    }

    /// <summary>Mul, Div, Add or Sub of <paramref name="x"/> and a constant that is one number or one for each channel.</summary>
    /// <param name="node">The node.</param>
    /// <param name="x">The input that is not a constant.</param>
    /// <param name="layer">The layer that computes it.</param>
    public static Match<ChannelAffine> OfArithmetic(Node node, Value x, LinearLayer layer)
    {
        if (node.Op.Domain.Length > 0 || node.Op.Type is not ("Mul" or "Div" or "Add" or "Sub") || node.Version != 0
            || node.Inputs.Length != 2 || node.Attributes.Count > 0) return default;
        bool isFirst = ReferenceEquals(node.Inputs[0], x);
        Value other = node.Inputs[isFirst ? 1 : 0]!;
        if (!other.IsConstant || ReferenceEquals(other, x)) return default;
        if (node.Op.Is("Div") && !isFirst) return Match.No("a constant is divided by it");
        if (RealNumbers.Of(other.Data) is not { } given || !layer.IsPerChannel(other.Data!))
            return Match.No("the constant is not one number for each channel");

        var (scale, shift) = (new double[layer.Channels], new double[layer.Channels]);
        for (int c = 0; c < scale.Length; c++)
        {
            double k = given[given.Length == 1 ? 0 : c];
            (scale[c], shift[c]) = node.Op.Type switch
            {
                "Mul" => (k, 0.0),
                "Div" => (1 / k, 0.0),
                "Add" => (1.0, k),
                _ => isFirst ? (1.0, -k) : (-1.0, k),
            };
        }
        return Checked(scale, shift);
    }

    private static Match<ChannelAffine> Checked(double[] scale, double[] shift)
    {
        for (int c = 0; c < scale.Length; c++)
            if (!double.IsFinite(scale[c]) || !double.IsFinite(shift[c]))
                return Match.No($"channel {c} would be scaled by {scale[c]} and shifted by {shift[c]}");
        return new ChannelAffine(scale, shift);
    }
}
