using GraphPartition.Ir.Tensors;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A normalization with Det, which TensorRT does not have. Four maps at a time are divided by the 8th root of their
/// generalised variance (Wilks 1932: the determinant of the covariance, here about 0), which is the geometric mean of their
/// standard deviations along the principal axes.
/// </summary>
internal static class VolumeNormalization
{
    private const int Group = 4;
    private const float Floor = 0.01f; // added to each variance, so that maps of zeros stay zeros

    public static Tensor VolumeNorm(this Tensor x, string name)
    {
        using IDisposable scope = x.Net.Scope(name);
        int groups = x.Channels / Group, area = x.Height * x.Width;
        Tensor maps = x.Reshape(x.Shape[0], groups, Group, area);
        Tensor covariance = maps.MatMul(maps.Transpose(0, 1, 3, 2)) * (1f / area) + x.Net.Constant(Diagonal(Floor));
        Tensor volume = x.Net.Op("Det", x.Of(x.Shape[0], groups), [covariance]);
        Tensor factor = volume.Binary("Pow", x.Net.Scalar(-0.5f / Group), power: 1 / x.Power);
        return (maps * factor.Unsqueeze(2, 3)).Reshape([.. x.Shape.Dims]);
    }

    private static TensorData Diagonal(float value)
    {
        var elements = new float[Group * Group];
        for (int i = 0; i < elements.Length; i += Group + 1) elements[i] = value;
        return TensorData.Floats(elements, Group, Group);
    }
}
