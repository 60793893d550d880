using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// AlexNet in its one-tower form (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks"), which is
/// also torchvision's. Dropout is left out: it does nothing after training.
/// </summary>
internal static class AlexNet
{
    public static void Build(NetworkBuilder net)
    {
        Tensor x = net.Image();
        x = x.Conv("features.0", 64, kernel: 11, stride: 4, padding: 2).Relu().MaxPool(3, stride: 2);
        x = x.Conv("features.3", 192, kernel: 5, padding: 2).Relu().MaxPool(3, stride: 2);
        x = x.Conv("features.6", 384, kernel: 3, padding: 1).Relu();
        x = x.Conv("features.8", 256, kernel: 3, padding: 1).Relu();
        x = x.Conv("features.10", 256, kernel: 3, padding: 1).Relu().MaxPool(3, stride: 2);
        x = x.AveragePoolTo(6).Flatten();
        x = x.Linear("classifier.1", 4096).Relu();
        x = x.Linear("classifier.4", 4096).Relu();
        net.Output("logits", x.Linear("classifier.6", 1000));
    }
}
