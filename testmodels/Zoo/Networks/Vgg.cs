using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// VGG (Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition", table 1):
/// five blocks of 3×3 convolutions. Dropout is left out.
/// </summary>
internal static class Vgg
{
    /// <summary>Configuration D.</summary>
    public static void Build16(NetworkBuilder net) => Build(net, [2, 2, 3, 3, 3]);

    /// <summary>Configuration E.</summary>
    public static void Build19(NetworkBuilder net) => Build(net, [2, 2, 4, 4, 4]);

    private static void Build(NetworkBuilder net, int[] depths)
    {
        int[] channels = [64, 128, 256, 512, 512];
        Tensor x = net.Image();
        int layer = 0; // as torchvision counts: convolutions, ReLUs and poolings
        for (int block = 0; block < depths.Length; block++, layer++)
        {
            for (int i = 0; i < depths[block]; i++, layer += 2)
                x = x.Conv($"features.{layer}", channels[block], kernel: 3, padding: 1).Relu();
            x = x.MaxPool(2, stride: 2);
        }
        x = x.AveragePoolTo(7).Flatten();
        x = x.Linear("classifier.0", 4096).Relu();
        x = x.Linear("classifier.3", 4096).Relu();
        net.Output("logits", x.Linear("classifier.6", 1000));
    }
}
