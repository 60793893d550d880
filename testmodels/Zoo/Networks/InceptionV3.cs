using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// Inception v3 (Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision", table 1 and figures 5 to 7,
/// 10), with the widths of torchvision. Dropout is left out.
/// </summary>
internal static class InceptionV3
{
    public static void Build(NetworkBuilder net) => Build(net, withAuxiliary: false);

    /// <summary>With the auxiliary classifier that training uses, as a second result.</summary>
    public static void BuildWithAuxiliary(NetworkBuilder net) => Build(net, withAuxiliary: true);

    private static void Build(NetworkBuilder net, bool withAuxiliary)
    {
        Tensor x = net.Image();
        x = x.Unit("Conv2d_1a_3x3", 32, kernel: 3, stride: 2);
        x = x.Unit("Conv2d_2a_3x3", 32, kernel: 3);
        x = x.Unit("Conv2d_2b_3x3", 64, kernel: 3, padding: 1).MaxPool(3, stride: 2);
        x = x.Unit("Conv2d_3b_1x1", 80, kernel: 1);
        x = x.Unit("Conv2d_4a_3x3", 192, kernel: 3).MaxPool(3, stride: 2);
        x = x.BlockA("Mixed_5b", pooled: 32);
        x = x.BlockA("Mixed_5c", pooled: 64);
        x = x.BlockA("Mixed_5d", pooled: 64);
        x = x.ReductionA("Mixed_6a");
        x = x.BlockB("Mixed_6b", width: 128);
        x = x.BlockB("Mixed_6c", width: 160);
        x = x.BlockB("Mixed_6d", width: 160);
        x = x.BlockB("Mixed_6e", width: 192);
        Tensor middle = x;
        x = x.ReductionB("Mixed_7a");
        x = x.BlockC("Mixed_7b");
        x = x.BlockC("Mixed_7c");
        net.Output("logits", x.GlobalAveragePool().Flatten().Linear("fc", 1000));
        if (withAuxiliary) net.Output("auxiliary_logits", middle.Auxiliary());
    }

    /// <summary>Convolution, batch normalization, ReLU.</summary>
    private static Tensor Unit(
        this Tensor x, string name, int channels, Extent kernel, int stride = 1, Extent padding = default) =>
        x.Conv($"{name}.conv", channels, kernel, stride, padding, bias: false).BatchNorm($"{name}.bn", epsilon: 1e-3f).Relu();

    /// <summary>Figure 5: a 5×5 convolution as two of 3×3.</summary>
    private static Tensor BlockA(this Tensor x, string name, int pooled)
    {
        using IDisposable scope = x.Net.Scope(name);
        return Shaping.Concat(1,
            x.Unit("branch1x1", 64, 1),
            x.Unit("branch5x5_1", 48, 1).Unit("branch5x5_2", 64, 5, padding: 2),
            x.Unit("branch3x3dbl_1", 64, 1).Unit("branch3x3dbl_2", 96, 3, padding: 1).Unit("branch3x3dbl_3", 96, 3, padding: 1),
            x.AveragePool(3, stride: 1, padding: 1).Unit("branch_pool", pooled, 1));
    }

    /// <summary>Figure 10: half the size, pooling beside convolutions.</summary>
    private static Tensor ReductionA(this Tensor x, string name)
    {
        using IDisposable scope = x.Net.Scope(name);
        return Shaping.Concat(1,
            x.Unit("branch3x3", 384, 3, stride: 2),
            x.Unit("branch3x3dbl_1", 64, 1).Unit("branch3x3dbl_2", 96, 3, padding: 1).Unit("branch3x3dbl_3", 96, 3, stride: 2),
            x.MaxPool(3, stride: 2));
    }

    /// <summary>Figure 6: 7×7 convolutions as 1×7 and 7×1.</summary>
    private static Tensor BlockB(this Tensor x, string name, int width)
    {
        using IDisposable scope = x.Net.Scope(name);
        return Shaping.Concat(1,
            x.Unit("branch1x1", 192, 1),
            x.Unit("branch7x7_1", width, 1).Across("branch7x7_2", width).Down("branch7x7_3", 192),
            x.Unit("branch7x7dbl_1", width, 1).Down("branch7x7dbl_2", width).Across("branch7x7dbl_3", width)
                .Down("branch7x7dbl_4", width).Across("branch7x7dbl_5", 192),
            x.AveragePool(3, stride: 1, padding: 1).Unit("branch_pool", 192, 1));
    }

    private static Tensor Across(this Tensor x, string name, int channels) => x.Unit(name, channels, (1, 7), padding: (0, 3));

    private static Tensor Down(this Tensor x, string name, int channels) => x.Unit(name, channels, (7, 1), padding: (3, 0));

    /// <summary>Half the size again.</summary>
    private static Tensor ReductionB(this Tensor x, string name)
    {
        using IDisposable scope = x.Net.Scope(name);
        return Shaping.Concat(1,
            x.Unit("branch3x3_1", 192, 1).Unit("branch3x3_2", 320, 3, stride: 2),
            x.Unit("branch7x7x3_1", 192, 1).Across("branch7x7x3_2", 192).Down("branch7x7x3_3", 192)
                .Unit("branch7x7x3_4", 192, 3, stride: 2),
            x.MaxPool(3, stride: 2));
    }

    /// <summary>Figure 7: 1×3 and 3×1 convolutions side by side.</summary>
    private static Tensor BlockC(this Tensor x, string name)
    {
        using IDisposable scope = x.Net.Scope(name);
        return Shaping.Concat(1,
            x.Unit("branch1x1", 320, 1),
            x.Unit("branch3x3_1", 384, 1).Both("branch3x3_2"),
            x.Unit("branch3x3dbl_1", 448, 1).Unit("branch3x3dbl_2", 384, 3, padding: 1).Both("branch3x3dbl_3"),
            x.AveragePool(3, stride: 1, padding: 1).Unit("branch_pool", 192, 1));
    }

    private static Tensor Both(this Tensor x, string name) => Shaping.Concat(1,
        x.Unit($"{name}a", 384, (1, 3), padding: (0, 1)),
        x.Unit($"{name}b", 384, (3, 1), padding: (1, 0)));

    /// <summary>Figure 8, on the maps before the second reduction.</summary>
    private static Tensor Auxiliary(this Tensor x)
    {
        using IDisposable scope = x.Net.Scope("AuxLogits");
        x = x.AveragePool(5, stride: 3).Unit("conv0", 128, 1).Unit("conv1", 768, 5);
        return x.GlobalAveragePool().Flatten().Linear("fc", 1000);
    }
}
