using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// An embedding that reads each row once however often a batch names it, as recommenders on large tables do: Unique, which
/// TensorRT does not have, gives the rows to read and the place of each index among them.
/// </summary>
internal static class UniqueLookup
{
    public static Tensor UniqueEmbedding(this Tensor indices, string name, int rows, int features)
    {
        Dim count = indices.Shape.ElementCount is { } n ? n : Dim.Unknown;
        Tensor[] unique = indices.Net.Ops("Unique", [indices.Of(Dim.Unknown), null, indices.Of(count)], [indices.Reshape(count)]);
        return unique[0].Embedding(name, rows, features).Gather(unique[1]);
    }
}
