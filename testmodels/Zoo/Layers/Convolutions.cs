using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>Layers on feature maps, [batch, channels, height, width].</summary>
public static class Convolutions
{
    private const double MeanOfRectified = 1 / Math.PI; // of the mean square of a ReLU's result, its squared mean

    /// <summary>A convolution with He-initialized weights.</summary>
    public static Tensor Conv(
        this Tensor x, string name, int channels, Extent kernel,
        int stride = 1, Extent padding = default, int groups = 1, bool bias = true)
    {
        using IDisposable scope = x.Net.Scope(name);
        int fanIn = x.Channels / groups * kernel.Area;
        Tensor weight = x.Net.Weight(1 / Math.Sqrt(fanIn * x.Power), channels, x.Channels / groups, kernel.Height, kernel.Width);
        Tensor? b = bias ? x.Net.Bias(channels) : null;
        return x.Net.Op("Conv", x.Slid(channels, kernel, stride, padding), b is null ? [x, weight] : [x, weight, b],
            ("kernel_shape", kernel.ToAttribute()), ("strides", ((Extent)stride).ToAttribute()),
            ("pads", padding.ToPads()), ("group", groups)).WithPower(1);
    }

    /// <summary>
    /// Batch normalization (Ioffe and Szegedy 2015) as it is after training: statistics that fit the signal on the whole, and
    /// differ from channel to channel, so that folding them wrongly shows in the results.
    /// </summary>
    public static Tensor BatchNorm(this Tensor x, string name, float epsilon = 1e-5f)
    {
        using IDisposable scope = x.Net.Scope(name);
        float power = (float)x.Power, deviation = (float)Math.Sqrt(x.Power);
        Tensor scale = x.Net.Parameter("weight", 0.75f, 1.25f, x.Channels);
        Tensor shift = x.Net.Parameter("bias", -0.2f, 0.2f, x.Channels);
        Tensor mean = x.Net.Parameter("running_mean", -0.2f * deviation, 0.2f * deviation, x.Channels);
        Tensor variance = x.Net.Parameter("running_var", 0.75f * power, 1.25f * power, x.Channels);
        return x.Net.Op("BatchNormalization", x.Type, [x, scale, shift, mean, variance], ("epsilon", epsilon)).WithPower(1);
    }

    /// <summary>The largest element of each window.</summary>
    public static Tensor MaxPool(this Tensor x, Extent kernel, int stride, Extent padding = default) =>
        x.Net.Op("MaxPool", x.Slid(x.Channels, kernel, stride, padding), [x],
            ("kernel_shape", kernel.ToAttribute()), ("strides", ((Extent)stride).ToAttribute()), ("pads", padding.ToPads()));

    /// <summary>The mean of each window; padding counts as zeros.</summary>
    public static Tensor AveragePool(this Tensor x, Extent kernel, int stride, Extent padding = default) =>
        x.Net.Op("AveragePool", x.Slid(x.Channels, kernel, stride, padding), [x],
            ("kernel_shape", kernel.ToAttribute()), ("strides", ((Extent)stride).ToAttribute()), ("pads", padding.ToPads()),
            ("count_include_pad", 1));

    /// <summary>
    /// The mean of size × size windows that cover the maps; the maps themselves where they have that size. Windows overlap where
    /// it does not divide the size of the maps.
    /// </summary>
    public static Tensor AveragePoolTo(this Tensor x, int size)
    {
        if (x.Height == size && x.Width == size) return x;
        if (x.Height < size || x.Width < size) throw TooSmall(x, size);
        int stride = x.Height / size;
        return x.AveragePool(x.Height - (size - 1) * stride, stride);
    }

    /// <summary>The mean of each map, as a map of one element.</summary>
    public static Tensor GlobalAveragePool(this Tensor x) =>
        x.Net.Op("GlobalAveragePool", x.Of(x.Shape[0], x.Shape[1], 1, 1), [x]).WithPower(x.Power * MeanOfRectified);

    /// <summary>
    /// Squeeze and excitation (Hu et al. 2017): each map is scaled by a gate that all maps determine; with the hard sigmoid of
    /// MobileNetV3.
    /// </summary>
    public static Tensor SqueezeExcite(this Tensor x, string name, int squeezed)
    {
        using IDisposable scope = x.Net.Scope(name);
        return x * x.GlobalAveragePool().Conv("fc1", squeezed, 1).Relu().Conv("fc2", x.Channels, 1).HardSigmoid();
    }

    /// <summary>The type after a window of this form slid over the maps.</summary>
    private static TensorType Slid(this Tensor x, int channels, Extent kernel, int stride, Extent padding)
    {
        int height = (x.Height + 2 * padding.Height - kernel.Height) / stride + 1;
        int width = (x.Width + 2 * padding.Width - kernel.Width) / stride + 1;
        if (x.Height + 2 * padding.Height < kernel.Height || x.Width + 2 * padding.Width < kernel.Width)
            throw TooSmall(x, kernel);
        return x.Of(x.Shape[0], channels, height, width);
    }

    private static ArgumentException TooSmall(Tensor x, Extent needed) =>
        new($"the image is too small: {needed} is needed where {new Extent(x.Height, x.Width)} is left of it");
}
