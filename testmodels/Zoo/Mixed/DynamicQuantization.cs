using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A linear layer as dynamic quantization leaves it: 8-bit weights, and activations that are quantized in each run
/// (DynamicQuantizeLinear, MatMulInteger). TensorRT has neither operator.
/// </summary>
internal static class DynamicQuantization
{
    private const double Deviation = RandomWeights.MostQuantized / 1.7320508075688772; // of weights uniform over ±a it is a/√3

    public static Tensor QuantizedLinear(this Tensor x, string name, int features)
    {
        NetworkBuilder net = x.Net;
        using IDisposable scope = net.Scope(name);
        var scalar = new TensorType(ElementType.Float32, Shape.Scalar);
        Tensor[] quantized = net.Ops("DynamicQuantizeLinear",
            [new TensorType(ElementType.UInt8, x.Shape), scalar, new TensorType(ElementType.UInt8, Shape.Scalar)], [x]);
        Tensor product = net.Op("MatMulInteger", new(ElementType.Int32, x.Shape.With(x.Shape.Rank - 1, features)),
            [quantized[0], net.QuantizedWeight(x.Features, features), quantized[2]]);
        Tensor scale = quantized[1] * (float)(1 / (Deviation * Math.Sqrt(x.Features * x.Power)));
        return (product.Cast(ElementType.Float32) * scale + net.Bias(features)).WithPower(1);
    }
}
