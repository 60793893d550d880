using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// MobileNetV3-Large (Howard et al. 2019, "Searching for MobileNetV3", table 1), width 1. Dropout is left out.
/// </summary>
internal static class MobileNetV3
{
    private const bool SE = true, No = false, HS = true, RE = false; // as in the table of the paper

    public static void BuildLarge(NetworkBuilder net)
    {
        (int Kernel, int Expanded, int Channels, bool Squeeze, bool HardSwish, int Stride)[] table =
        [
            (3, 16, 16, No, RE, 1),
            (3, 64, 24, No, RE, 2),
            (3, 72, 24, No, RE, 1),
            (5, 72, 40, SE, RE, 2),
            (5, 120, 40, SE, RE, 1),
            (5, 120, 40, SE, RE, 1),
            (3, 240, 80, No, HS, 2),
            (3, 200, 80, No, HS, 1),
            (3, 184, 80, No, HS, 1),
            (3, 184, 80, No, HS, 1),
            (3, 480, 112, SE, HS, 1),
            (3, 672, 112, SE, HS, 1),
            (5, 672, 160, SE, HS, 2),
            (5, 960, 160, SE, HS, 1),
            (5, 960, 160, SE, HS, 1),
        ];
        Tensor x = net.Image().ConvNorm("features.0", 16, kernel: 3, stride: 2).HardSwish();
        int layer = 1;
        foreach (var (kernel, expanded, channels, squeeze, hardSwish, stride) in table)
        {
            Func<Tensor, Tensor> activate = hardSwish ? Activations.HardSwish : Activations.Relu;
            using IDisposable scope = net.Scope($"features.{layer++}.block");
            Tensor y = x;
            int part = 0;
            if (expanded != x.Channels) y = activate(y.ConvNorm($"{part++}", expanded, kernel: 1));
            y = activate(y.ConvNorm($"{part++}", expanded, kernel, stride, groups: expanded));
            if (squeeze) y = y.SqueezeExcite($"{part++}", DivisibleBy8(expanded / 4));
            y = y.ConvNorm($"{part}", channels, kernel: 1);
            x = stride == 1 && x.Channels == channels ? x + y : y;
        }
        x = x.ConvNorm($"features.{layer}", 960, kernel: 1).HardSwish();
        x = x.GlobalAveragePool().Flatten().Linear("classifier.0", 1280).HardSwish();
        net.Output("logits", x.Linear("classifier.3", 1000));
    }

    private static Tensor ConvNorm(this Tensor x, string name, int channels, int kernel, int stride = 1, int groups = 1) =>
        x.Conv($"{name}.0", channels, kernel, stride, padding: kernel / 2, groups, bias: false)
            .BatchNorm($"{name}.1", epsilon: 1e-3f);

    /// <summary>The multiple of 8 next to <paramref name="width"/>, but not less than 9/10 of it.</summary>
    private static int DivisibleBy8(int width)
    {
        int rounded = Math.Max(8, (width + 4) / 8 * 8);
        return rounded < 0.9 * width ? rounded + 8 : rounded;
    }
}
