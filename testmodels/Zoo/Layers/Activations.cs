namespace GraphPartition.TestModels.Layers;

/// <summary>Activation functions. The factors are what they make of the mean square of a standard normal variable.</summary>
public static class Activations
{
    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(this Tensor x) => x.Map("Relu").WithPower(x.Power * 0.5);

    /// <summary>min(max(x, 0), 6).</summary>
    public static Tensor Relu6(this Tensor x) =>
        x.Net.Op("Clip", x.Type, [x, x.Net.Scalar(0), x.Net.Scalar(6)]).WithPower(x.Power * 0.5);

    /// <summary>x·hardSigmoid(x) (Howard et al. 2019).</summary>
    public static Tensor HardSwish(this Tensor x) => x.Map("HardSwish").WithPower(x.Power * 0.333);

    /// <summary>x/6 + 1/2 between 0 and 1 (Howard et al. 2019).</summary>
    public static Tensor HardSigmoid(this Tensor x) =>
        x.Map("HardSigmoid", ("alpha", 1 / 6f), ("beta", 0.5f)).WithPower(0.278);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Tensor Sigmoid(this Tensor x) => x.Map("Sigmoid").WithPower(0.293);

    /// <summary>tanh(x).</summary>
    public static Tensor Tanh(this Tensor x) => x.Map("Tanh").WithPower(0.394);

    /// <summary>x·Φ(x), with the error function (Hendrycks and Gimpel 2016): no operator before opset 20.</summary>
    public static Tensor Gelu(this Tensor x) =>
        (x * ((x * (float)Math.Sqrt(0.5)).Map("Erf") + 1f) * 0.5f).WithPower(x.Power * 0.425);

    /// <summary>The softmax over the last axis.</summary>
    public static Tensor Softmax(this Tensor x) => x.Map("Softmax", ("axis", -1)).WithPower(1.0 / x.Features);
}
