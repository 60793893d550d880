namespace GraphPartition.MindIr.Primitives;

/// <summary>Activation functions.</summary>
internal static class Activations
{
    public static IEnumerable<Primitive> Rows =>
    [
        Unary("ReLU", "Relu"), Unary("Sigmoid", "Sigmoid"), Unary("Tanh", "Tanh"), Unary("SeLU", "Selu"), Unary("Softplus", "Softplus"),
        Unary("Softsign", "Softsign"), Unary("Mish", "Mish"), Unary("HSwish", "HardSwish"),
        new("HSigmoid", "x", c => c.Emit.Result("HardSigmoid", [c.Tensor("x")], ("alpha", 1f / 6), ("beta", 0.5f))),
        new("ReLU6", "x", c =>
        {
            ElementType type = c.ElementOf(c.Tensor("x"));
            return c.Emit.Result("Clip", [c.Tensor("x"), c.Emit.Scalar(type, 0), c.Emit.Scalar(type, 6)]);
        }),
        new("Elu", "x | alpha", c => c.Emit.Result("Elu", [c.Tensor("x")], ("alpha", c.Float("alpha", 1)))),
        // MindSpore documents the erf form, but its kernels, its TensorRT pass and its ONNX exporter compute the tanh form.
        new("GeLU", "x", c => c.Emit.Result("Gelu", [c.Tensor("x")], ("approximate", "tanh"))),
        new("FastGeLU", "x", c => Gated(c, 1.702)),
        new("FastGelu", "x", c => Gated(c, 1.702)),
        new("SiLU", "x", c => Gated(c, 1)),
        new("CeLU", "x | alpha", CeLU),
        new("PReLU", "x weight", PReLU),
        new("Softmax", "x | axis", Softmax),
        new("LogSoftmax", "x | axis", c => c.Emit.Result("LogSoftmax", [c.Tensor("x")], ("axis", c.Int("axis", -1)))),
    ];

    private static Primitive Unary(string name, string op) => new(name, "x", c => c.Emit.Result(op, [c.Tensor("x")]));

    /// <summary>x * sigmoid(factor * x).</summary>
    private static Operand Gated(PrimitiveCall c, double factor)
    {
        Value x = c.Tensor("x");
        Value scaled = factor == 1 ? x : c.Emit.Add("Mul", [x, c.Emit.Scalar(c.ElementOf(x), factor)]);
        return c.Emit.Result("Mul", [x, c.Emit.Add("Sigmoid", [scaled])]);
    }

    /// <summary>
    /// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)). ONNX's Celu takes an alpha that is known and 32-bit floats only.
    /// </summary>
    private static Operand CeLU(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        ElementType type = c.ElementOf(x);
        Operand? given = c.Find("alpha");
        if (given is null or ConstantOperand && type == ElementType.Float32)
            return c.Emit.Result("Celu", [x], ("alpha", c.Float("alpha", 1)));
        Value alpha = given is null ? c.Emit.Scalar(type, 1) : Elementwise.As(c, given, "alpha", type), zero = c.Emit.Scalar(type, 0);
        Value grown = c.Emit.Add("Sub", [c.Emit.Add("Exp", [c.Emit.Add("Div", [x, alpha])]), c.Emit.Scalar(type, 1)]);
        Value negative = c.Emit.Add("Min", [zero, c.Emit.Add("Mul", [alpha, grown])]);
        return c.Emit.Result("Add", [c.Emit.Add("Max", [zero, x]), negative]);
    }

    /// <summary>One slope for each channel, which is axis 1: ONNX aligns slopes with the last axes, so ones follow.</summary>
    private static Operand PReLU(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        return c.Emit.Result("PRelu", [x, Normalization.OfChannels(c, c.Tensor("weight"), c.Rank(x))]);
    }

    /// <summary>Over several axes it is exp(x - max) / sum(exp(x - max)).</summary>
    private static Operand Softmax(PrimitiveCall c)
    {
        Value x = c.Tensor("x");
        long[] axes = c.OptionalInts("axis") ?? [-1];
        if (axes.Length == 1) return c.Emit.Result("Softmax", [x], ("axis", axes[0]));
        Value over = c.Emit.Integers(axes);
        Value exp = c.Emit.Add("Exp", [c.Emit.Add("Sub", [x, c.Emit.Add("ReduceMax", [x, over])])]);
        return c.Emit.Result("Div", [exp, c.Emit.Add("ReduceSum", [exp, over])]);
    }
}
