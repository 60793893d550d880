using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A small model in which convolutions alternate with operators that TensorRT does not have (Det, Compress, Col2Im, Unique).
/// It labels each place of an image, and sums up which labels there are.
/// </summary>
/// <remarks>
/// <code>
/// stem ─┬─ Det ────── conv ── Det ─────────────┬─ fuse ── best labels ── Unique ── summary
///       ├─ Compress ─ conv ── Col2Im ── conv ──┤
///       └──────────────── skip ────────────────┘
/// engine 1          engine 2              engine 3                            engine 4
/// </code>
/// Four engines are the minimum, for stem and fuse, and fuse and summary, lie on one path through three fallbacks. It takes
/// both convolutions of the middle in one engine, though no tensor goes from one to the other: a rule that groups neighbors
/// needs a fifth, and one that joins all neighbors puts stem and fuse in one group around the fallbacks: a dead loop.
/// </remarks>
internal static class MixedModel
{
    private const int Channels = 16, Labels = 10;

    public static void Build(NetworkBuilder net)
    {
        Tensor stem = net.Image().ConvNorm("stem.0", Channels, kernel: 3, stride: 2).Relu();
        stem = stem.ConvNorm("stem.1", Channels, kernel: 3).Relu();

        Tensor volume = stem.VolumeNorm("volume.0").ConvNorm("volume.1", Channels, kernel: 3).Relu().VolumeNorm("volume.2");
        Tensor folded = stem.EvenMaps().ConvNorm("folded.0", 4 * Channels, kernel: 2, stride: 2).Relu()
            .Fold(2).ConvNorm("folded.1", Channels, kernel: 3).Relu();

        Tensor fused = (volume + folded + stem).ConvNorm("fuse.0", 2 * Channels, kernel: 3).Relu();
        Tensor scores = fused.Conv("fuse.1", Labels, kernel: 1);
        net.Output("scores", scores.GlobalAveragePool().Flatten().Softmax());
        (Tensor labels, Tensor counts) = Count(scores);
        net.Output("labels", labels);
        net.Output("summary", Summary(labels, counts));
    }

    /// <summary>Every second map, by Compress.</summary>
    private static Tensor EvenMaps(this Tensor x)
    {
        bool[] even = [.. Enumerable.Range(0, x.Channels).Select(i => i % 2 == 0)];
        Tensor condition = x.Net.Constant(TensorData.Of<bool>(ElementType.Bool, even, even.Length));
        return x.Net.Op("Compress", x.Of(x.Shape[0], (x.Channels + 1) / 2, x.Height, x.Width), [x, condition], ("axis", 1));
    }

    /// <summary>Groups of size² maps as one map size times as high and wide, by Col2Im.</summary>
    private static Tensor Fold(this Tensor x, int size)
    {
        int height = x.Height * size, width = x.Width * size;
        Tensor columns = x.Reshape(x.Shape[0], x.Channels, x.Height * x.Width);
        return x.Net.Op("Col2Im", x.Of(x.Shape[0], x.Channels / (size * size), height, width),
            [columns, x.Net.Integers(height, width), x.Net.Integers(size, size)], ("strides", new long[] { size, size }));
    }

    /// <summary>The labels that are the best of some place, ascending, and of how many.</summary>
    private static (Tensor Labels, Tensor Counts) Count(Tensor scores)
    {
        var places = new TensorType(ElementType.Int64, new Shape(scores.Shape[0], scores.Height, scores.Width));
        Tensor best = scores.Net.Op("ArgMax", places, [scores], ("axis", 1), ("keepdims", 0));
        var list = new TensorType(ElementType.Int64, new Shape(Dim.Unknown));
        Tensor[] unique = scores.Net.Ops("Unique", [list, null, null, list], [best]);
        return (unique[0], unique[1]);
    }

    /// <summary>The labels' embeddings, weighted by how often each occurs.</summary>
    private static Tensor Summary(Tensor labels, Tensor counts)
    {
        using IDisposable scope = labels.Net.Scope("summary");
        Tensor numbers = counts.Cast(ElementType.Float32);
        Tensor shares = (numbers / numbers.Sum(0)).Unsqueeze(1);
        Tensor embedded = labels.Embedding("labels", Labels, Channels).Linear("fc1", Channels).Relu();
        return (embedded * shares).Sum(0).Linear("fc2", Channels);
    }

    private static Tensor ConvNorm(this Tensor x, string name, int channels, int kernel, int stride = 1) =>
        x.Conv($"{name}.conv", channels, kernel, stride, padding: (kernel - 1) / 2, bias: false).BatchNorm($"{name}.bn");
}
