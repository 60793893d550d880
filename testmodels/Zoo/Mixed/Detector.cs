using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;
using GraphPartition.TestModels.Networks;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A detector in two stages on MobileNetV2 (Ren et al. 2015, "Faster R-CNN"): proposals for boxes, NonMaxSuppression, then a
/// second network on what MaxRoiPool, which TensorRT does not have, cuts out of the maps. How many boxes there are depends on
/// the image.
/// </summary>
internal static class Detector
{
    private const int Stride = 16, Classes = 21, PooledSize = 7, MostBoxes = 100;
    private const float SameObject = 0.3f, LeastScore = 0.5f;
    private const float CenterVariance = 0.1f, SizeVariance = 0.2f; // the scale of the regression's targets (Liu et al. 2015)

    private static readonly (float Width, float Height)[] Anchors = [(128, 128), (180, 90), (90, 180)];

    public static void Build(NetworkBuilder net)
    {
        Tensor maps = MobileNetV2.Stages(net.Image(), 5, (_, x) => x);
        (Tensor boxes, Tensor scores) = Propose(maps);
        Tensor chosen = Suppress(boxes, scores); // of each box: image, class, index
        Tensor images = chosen.Pick(axis: 1, index: 0);
        Tensor chosenBoxes = net.Op("GatherND", boxes.Of(Dim.Unknown, 4), [boxes, chosen.Slice(1, 0, 3, step: 2)]);

        Tensor regions = Shaping.Concat(1, images.Cast(ElementType.Float32).Unsqueeze(1), chosenBoxes);
        Tensor x = net.Op("MaxRoiPool", maps.Of(Dim.Unknown, maps.Channels, PooledSize, PooledSize), [maps, regions],
            ("pooled_shape", ((Extent)PooledSize).ToAttribute()), ("spatial_scale", 1f / Stride));
        x = x.Flatten().Linear("head.fc6", 256).Relu().Linear("head.fc7", 256).Relu();
        net.Output("images", images);
        net.Output("boxes", chosenBoxes);
        net.Output("classes", x.Linear("head.class", Classes).Softmax());
        net.Output("offsets", x.Linear("head.box", 4 * Classes));
    }

    /// <summary>Corners [batch, anchors, 4] and scores [batch, 1, anchors] of a box for every anchor at every place.</summary>
    private static (Tensor Boxes, Tensor Scores) Propose(Tensor maps)
    {
        NetworkBuilder net = maps.Net;
        using IDisposable scope = net.Scope("rpn");
        int count = maps.Height * maps.Width * Anchors.Length;
        Tensor x = maps.Conv("conv", 256, kernel: 3, padding: 1).Relu6();
        Tensor scores = x.Conv("objectness", Anchors.Length, kernel: 1).Sigmoid()
            .Transpose(0, 2, 3, 1).Reshape(maps.Shape[0], 1, count);
        Tensor deltas = x.Conv("deltas", 4 * Anchors.Length, kernel: 1).Transpose(0, 2, 3, 1).Reshape(maps.Shape[0], count, 4);

        Tensor anchors = net.Constant(AnchorsOf(maps.Height, maps.Width));
        Tensor sizes = anchors.Slice(1, 2, 4);
        Tensor centers = anchors.Slice(1, 0, 2) + deltas.Slice(2, 0, 2) * CenterVariance * sizes;
        Tensor half = (deltas.Slice(2, 2, 4) * SizeVariance).Map("Exp") * sizes * 0.5f;
        return (Shaping.Concat(2, centers - half, centers + half), scores);
    }

    private static Tensor Suppress(Tensor boxes, Tensor scores)
    {
        NetworkBuilder net = boxes.Net;
        return net.Op("NonMaxSuppression", new(ElementType.Int64, new Shape(Dim.Unknown, 3)),
            [boxes, scores, net.Integers(MostBoxes), net.Scalar(SameObject), net.Scalar(LeastScore)]);
    }

    /// <summary>Center x, center y, width and height of each anchor, row by row.</summary>
    private static TensorData AnchorsOf(int height, int width)
    {
        var numbers = new List<float>(height * width * Anchors.Length * 4);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                foreach ((float w, float h) in Anchors) numbers.AddRange([(x + 0.5f) * Stride, (y + 0.5f) * Stride, w, h]);
        return TensorData.Floats([.. numbers], numbers.Count / 4, 4);
    }
}
