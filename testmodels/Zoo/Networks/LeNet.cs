using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// LeNet-5 (LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", figure 2) in the form that is usual
/// today: S2 and S4 have no coefficients, C3 sees all maps of S2, and the output layer is linear.
/// </summary>
internal static class LeNet
{
    public static void Build(NetworkBuilder net)
    {
        Tensor x = net.Image(channels: 1);
        x = x.Conv("c1", 6, kernel: 5).Tanh().AveragePool(2, stride: 2);
        x = x.Conv("c3", 16, kernel: 5).Tanh().AveragePool(2, stride: 2);
        x = x.Conv("c5", 120, kernel: 5).Tanh().Flatten();
        net.Output("logits", x.Linear("f6", 84).Tanh().Linear("output", 10));
    }
}
