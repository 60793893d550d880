using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// ResNet-50 (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), with the stride in the 3×3
/// convolution of a block ("version 1.5"), as in torchvision.
/// </summary>
internal static class ResNet50
{
    private const int Expansion = 4;
    private const double MostlyPositive = 0.8; // a ReLU keeps more of a sum with a shortcut, which is a ReLU's result, than half

    public static void Build(NetworkBuilder net) => Build(net, afterStage: (_, x) => x);

    /// <param name="net">The network to build.</param>
    /// <param name="afterStage">What stands behind stage 1, 2, 3 and 4; it keeps the shape.</param>
    public static void Build(NetworkBuilder net, Func<int, Tensor, Tensor> afterStage)
    {
        Tensor x = net.Image();
        x = x.Conv("conv1", 64, kernel: 7, stride: 2, padding: 3, bias: false).BatchNorm("bn1").Relu();
        x = x.MaxPool(3, stride: 2, padding: 1);
        x = afterStage(1, Stage(x, "layer1", width: 64, blocks: 3, stride: 1));
        x = afterStage(2, Stage(x, "layer2", width: 128, blocks: 4, stride: 2));
        x = afterStage(3, Stage(x, "layer3", width: 256, blocks: 6, stride: 2));
        x = afterStage(4, Stage(x, "layer4", width: 512, blocks: 3, stride: 2));
        net.Output("logits", x.GlobalAveragePool().Flatten().Linear("fc", 1000));
    }

    private static Tensor Stage(Tensor x, string name, int width, int blocks, int stride)
    {
        for (int i = 0; i < blocks; i++)
        {
            using IDisposable scope = x.Net.Scope($"{name}.{i}");
            x = Bottleneck(x, width, i == 0 ? stride : 1);
        }
        return x;
    }

    private static Tensor Bottleneck(Tensor x, int width, int stride)
    {
        int channels = width * Expansion;
        Tensor y = x.Conv("conv1", width, kernel: 1, bias: false).BatchNorm("bn1").Relu();
        y = y.Conv("conv2", width, kernel: 3, stride, padding: 1, bias: false).BatchNorm("bn2").Relu();
        y = y.Conv("conv3", channels, kernel: 1, bias: false).BatchNorm("bn3");
        Tensor shortcut = x.Channels == channels && stride == 1
            ? x
            : x.Conv("downsample.0", channels, kernel: 1, stride, bias: false).BatchNorm("downsample.1");
        Tensor sum = y + shortcut;
        return sum.Relu().WithPower(MostlyPositive * sum.Power);
    }
}
