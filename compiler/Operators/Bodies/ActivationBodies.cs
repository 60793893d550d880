namespace GraphPartition.Operators.Bodies;

/// <summary>Activations as arithmetic: https://onnx.ai/onnx/operators/onnx__Gelu.html and its relatives, ONNX Runtime's too.</summary>
internal static class ActivationBodies
{
    /// <summary>Gelu(x) = x / 2 * (1 + erf(x / sqrt 2)), or its approximation by tanh.</summary>
    public static string? Gelu(BodyBuilder b) =>
        b.Attributes.Text("approximate", "none") == "tanh" ? FastGelu(b, b.Input(0)) : ErfGelu(b, b.Input(0));

    /// <summary>ONNX Runtime's BiasGelu(x, bias) = Gelu(x + bias).</summary>
    public static string? BiasGelu(BodyBuilder b) => ErfGelu(b, b.Add("Add", [b.Input(0), b.Input(1)]));

    /// <summary>ONNX Runtime's FastGelu(x, bias?): the approximation by tanh of x + bias.</summary>
    public static string? FastGelu(BodyBuilder b) => FastGelu(b, b.Has(1) ? b.Add("Add", [b.Input(0), b.Input(1)]) : b.Input(0));

    /// <summary>Swish(x) = x * sigmoid(alpha x), also ONNX Runtime's QuickGelu, with another default of alpha.</summary>
    public static FunctionBody Swish(float alpha) => b =>
    {
        Value x = b.Input(0);
        float factor = b.Attributes.Float("alpha", alpha);
        Value scaled = factor == 1 ? x : b.Add("Mul", [x, b.Number(x.ElementType, factor)]);
        b.Result(0, "Mul", [x, b.Add("Sigmoid", [scaled])]);
        return null;
    };

    /// <summary>SwiGLU(a, b) = a sigmoid(alpha a) b (opset 28).</summary>
    public static string? SwiGlu(BodyBuilder b)
    {
        Value a = b.Input(0), gate = b.Add("Sigmoid", [b.Add("Mul", [a, b.Number(a.ElementType, b.Attributes.Float("alpha", 1))])]);
        b.Result(0, "Mul", [b.Add("Mul", [a, gate]), b.Input(1)]);
        return null;
    }

    /// <summary>Mish(x) = x * tanh(ln(1 + e^x)).</summary>
    public static string? Mish(BodyBuilder b)
    {
        b.Result(0, "Mul", [b.Input(0), b.Add("Tanh", [b.Add("Softplus", [b.Input(0)])])]);
        return null;
    }

    /// <summary>HardSwish(x) = x * max(0, min(1, x / 6 + 1 / 2)).</summary>
    public static string? HardSwish(BodyBuilder b)
    {
        b.Result(0, "Mul", [b.Input(0), b.Add("HardSigmoid", [b.Input(0)], ("alpha", 1f / 6), ("beta", 0.5f))]);
        return null;
    }

    /// <summary>Celu(x) = max(0, x) + min(0, alpha (e^(x / alpha) - 1)) = alpha Elu(x / alpha).</summary>
    public static string? Celu(BodyBuilder b)
    {
        Value x = b.Input(0), alpha = b.Number(x.ElementType, b.Attributes.Float("alpha", 1));
        b.Result(0, "Mul", [b.Add("Elu", [b.Add("Div", [x, alpha])]), alpha]);
        return null;
    }

    private static string? ErfGelu(BodyBuilder b, Value x)
    {
        ElementType type = x.ElementType;
        Value erf = b.Add("Erf", [b.Add("Div", [x, b.Number(type, Math.Sqrt(2))])]);
        Value product = b.Add("Mul", [x, b.Add("Add", [erf, b.Number(type, 1)])]);
        b.Result(0, "Mul", [product, b.Number(type, 0.5)]);
        return null;
    }

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).</summary>
    private static string? FastGelu(BodyBuilder b, Value x)
    {
        ElementType type = x.ElementType;
        Value cube = b.Add("Mul", [b.Add("Pow", [x, b.Number(type, 3)]), b.Number(type, 0.044715)]);
        Value inner = b.Add("Mul", [b.Add("Add", [x, cube]), b.Number(type, Math.Sqrt(2 / Math.PI))]);
        Value factor = b.Add("Add", [b.Add("Tanh", [inner]), b.Number(type, 1)]);
        b.Result(0, "Mul", [b.Add("Mul", [x, b.Number(type, 0.5)]), factor]);
        return null;
    }
}
