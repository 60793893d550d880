using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// MobileNetV2 (Sandler et al. 2018, "Inverted Residuals and Linear Bottlenecks", table 2), width 1. Dropout is left out.
/// </summary>
internal static class MobileNetV2
{
    private static readonly (int Expansion, int Channels, int Blocks, int Stride)[] Table =
    [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];

    public static void Build(NetworkBuilder net) => Build(net, afterStage: (_, x) => x);

    /// <param name="net">The network to build.</param>
    /// <param name="afterStage">What stands behind stage 1 to 7; it keeps the shape.</param>
    public static void Build(NetworkBuilder net, Func<int, Tensor, Tensor> afterStage)
    {
        Tensor x = Stages(net.Image(), Table.Length, afterStage).Unit("features.18", 1280, kernel: 1);
        net.Output("logits", x.GlobalAveragePool().Flatten().Linear("classifier.1", 1000));
    }

    /// <summary>The maps behind the first <paramref name="count"/> stages.</summary>
    public static Tensor Stages(Tensor image, int count, Func<int, Tensor, Tensor> afterStage)
    {
        Tensor x = image.Unit("features.0", 32, kernel: 3, stride: 2);
        int block = 1;
        for (int stage = 0; stage < count; stage++)
        {
            (int expansion, int channels, int blocks, int stride) = Table[stage];
            for (int i = 0; i < blocks; i++, block++)
                x = x.InvertedResidual($"features.{block}.conv", expansion, channels, i == 0 ? stride : 1);
            x = afterStage(stage + 1, x);
        }
        return x;
    }

    /// <summary>Convolution, batch normalization, ReLU6.</summary>
    private static Tensor Unit(this Tensor x, string name, int channels, int kernel, int stride = 1, int groups = 1) =>
        x.Conv($"{name}.0", channels, kernel, stride, padding: kernel / 2, groups, bias: false).BatchNorm($"{name}.1").Relu6();

    /// <summary>Wider, depthwise, narrower; the last without an activation.</summary>
    private static Tensor InvertedResidual(this Tensor x, string name, int expansion, int channels, int stride)
    {
        using IDisposable scope = x.Net.Scope(name);
        int width = x.Channels * expansion, layer = 0;
        Tensor y = expansion == 1 ? x : x.Unit($"{layer++}", width, kernel: 1);
        y = y.Unit($"{layer++}", width, kernel: 3, stride, groups: width);
        y = y.Conv($"{layer++}", channels, kernel: 1, bias: false).BatchNorm($"{layer}");
        return stride == 1 && x.Channels == channels ? x + y : y;
    }
}
