namespace GraphPartition.MindIr.Primitives;

/// <summary>
/// Normalization, and what is added or multiplied channel by channel. Of several results only the first is of use in
/// inference.
/// </summary>
internal static class Normalization
{
    public static IEnumerable<Primitive> Rows =>
    [
        new("BiasAdd", "x b | format", BiasAdd),
        new("BatchNorm", "x scale bias mean variance | is_training epsilon momentum format", BatchNorm),
        new("LayerNorm", "x gamma beta | begin_norm_axis begin_params_axis epsilon", LayerNorm),
        new("LayerNormV3", "x gamma beta | begin_norm_axis begin_params_axis epsilon", LayerNorm),
        new("InstanceNorm", "x gamma beta mean variance", c =>
            First(c, c.Emit.Result("InstanceNormalization", [c.Tensor("x"), c.Tensor("gamma"), c.Tensor("beta")],
                ("epsilon", c.Float("epsilon", 1e-5f))), 3)),
        new("GroupNorm", "x num_groups weight bias eps", GroupNorm),
        new("RmsNorm", "x gamma | epsilon", RmsNorm),
        new("L2Normalize", "x", L2Normalize),
        new("LRN", "x", Lrn),
    ];

    /// <summary>
    /// A vector over the channels (axis 1), as one that broadcasts against a tensor of the rank. One element fits
    /// anything.
    /// </summary>
    public static Value OfChannels(PrimitiveCall c, Value vector, int rank) => rank <= 2 || vector.Shape is { Rank: 1 } s && s[0].Is(1)
        ? vector : c.Emit.Add("Unsqueeze", [vector, c.Emit.Integers([.. Enumerable.Range(1, rank - 2)])]);

    private static TupleOperand First(PrimitiveCall c, Operand y, int results) =>
        new TupleOperand([y, .. Enumerable.Range(1, results - 1).Select(i => c.Unusable($"result {i}"))]);

    private static Operand BiasAdd(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), b = c.Tensor("b");
        return c.Emit.Result("Add", [x, new Layout(c).IsChannelsLast ? b : OfChannels(c, b, c.Rank(x))]);
    }

    private static TupleOperand BatchNorm(PrimitiveCall c)
    {
        if (c.Flag("is_training")) throw new ImportFault(MindIrCodes.TrainingConstruct, "BatchNorm is in training mode");
        var layout = new Layout(c);
        Operand y = layout.Result("BatchNormalization",
            [layout.In(c.Tensor("x")), c.Tensor("scale"), c.Tensor("bias"), c.Tensor("mean"), c.Tensor("variance")],
            ("epsilon", c.Float("epsilon", 1e-5f)));
        return First(c, y, 5);
    }

    /// <summary>
    /// LayerNormalization has one axis for both; where gamma and beta begin at another than what is normalized:
    /// (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * gamma + beta.
    /// </summary>
    private static TupleOperand LayerNorm(PrimitiveCall c)
    {
        Value x = c.Tensor("x"), gamma = c.Tensor("gamma"), beta = c.Tensor("beta");
        long norm = c.Int("begin_norm_axis", 1), parameters = c.Int("begin_params_axis", 1);
        float epsilon = c.Float("epsilon", 1e-7f);
        if (norm != parameters)
        {
            int rank = c.Rank(x);
            (norm, parameters) = (c.Axis(norm, rank), c.Axis(parameters, rank));
            if (norm != parameters) return First(c, Spelled(rank), 3);
        }
        return First(c, c.Emit.Result("LayerNormalization", [x, gamma, beta], ("axis", norm), ("epsilon", epsilon)), 3);

        Operand Spelled(int rank)
        {
            Value axes = c.Emit.Integers([.. Enumerable.Range((int)norm, rank - (int)norm)]);
            Value centred = c.Emit.Add("Sub", [x, c.Emit.Add("ReduceMean", [x, axes])]);
            Value variance = c.Emit.Add("ReduceMean", [c.Emit.Add("Mul", [centred, centred]), axes]);
            Value deviation = c.Emit.Add("Sqrt", [c.Emit.Add("Add", [variance, c.Emit.Scalar(c.ElementOf(x), epsilon)])]);
            Value scaled = c.Emit.Add("Mul", [c.Emit.Add("Div", [centred, deviation]), gamma]);
            return c.Emit.Result("Add", [scaled, beta]);
        }
    }

    private static TupleOperand GroupNorm(PrimitiveCall c) => First(c, c.Emit.Result("GroupNormalization",
        [c.Tensor("x"), c.Tensor("weight"), c.Tensor("bias")], ("num_groups", c.Int("num_groups")), ("epsilon", c.Float("eps", 1e-5f))), 3);

    /// <summary>x / sqrt(mean(x^2) + epsilon) * gamma, over the last axis.</summary>
    private static TupleOperand RmsNorm(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        Value mean = c.Emit.Add("ReduceMean", [c.Emit.Add("Mul", [x, x]), c.Emit.Integers(-1)]);
        Value root = c.Emit.Add("Sqrt", [c.Emit.Add("Add", [mean, c.Emit.Scalar(c.ElementOf(x), c.Float("epsilon", 1e-6f))])]);
        return First(c, c.Emit.Result("Mul", [c.Emit.Add("Div", [x, root]), c.Tensor("gamma")]), 2);
    }

    /// <summary>x / sqrt(max(sum(x^2), epsilon)).</summary>
    private static Operand L2Normalize(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        Value sum = c.Emit.Add("ReduceSum", [c.Emit.Add("Mul", [x, x]), c.Emit.Integers(c.OptionalInts("axis") ?? [0])]);
        Value bounded = c.Emit.Add("Max", [sum, c.Emit.Scalar(c.ElementOf(x), c.Float("epsilon", 1e-4f))]);
        return c.Emit.Result("Div", [x, c.Emit.Add("Sqrt", [bounded])]);
    }

    /// <summary>ONNX divides alpha by the size of the window, MindSpore does not.</summary>
    private static Operand Lrn(PrimitiveCall c)
    {
        string region = c.Text("norm_region", "ACROSS_CHANNELS");
        if (region != "ACROSS_CHANNELS") throw c.Unsupported($"normalizes {region}");
        long size = 2 * c.Int("depth_radius", 5) + 1;
        return c.Emit.Result("LRN", [c.Tensor("x")],
            ("size", size), ("alpha", c.Float("alpha", 1) * size), ("beta", c.Float("beta", 0.5f)), ("bias", c.Float("bias", 1)));
    }
}
