using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A residual layer on the strong places of the maps only (in the manner of Ren et al. 2018, "SBNet: Sparse Blocks Network"):
/// NonZero of a mask gives their places, their features are gathered, changed and scattered back. How many there are depends
/// on the image, and TensorRT's NonZero takes no booleans.
/// </summary>
internal static class SparseResidual
{
    public static Tensor SparseResidualLayer(this Tensor x, string name, int width)
    {
        NetworkBuilder net = x.Net;
        using IDisposable scope = net.Scope(name);
        Tensor strength = (x * x).Mean(1).Reshape(x.Shape[0], x.Height, x.Width);
        Tensor mask = strength.Binary("Greater", strength.Mean(1, 2), 1, ElementType.Bool);
        Tensor places = net.Op("NonZero", new(ElementType.Int64, new Shape(3, Dim.Unknown)), [mask]).Transpose(1, 0);

        Tensor maps = x.Transpose(0, 2, 3, 1);
        Tensor rows = net.Op("GatherND", x.Of(Dim.Unknown, x.Channels), [maps, places]);
        rows += rows.Linear("fc1", width).Relu().Linear("fc2", x.Channels);
        return net.Op("ScatterND", maps.Type, [maps, places, rows]).Transpose(0, 3, 1, 2);
    }
}
