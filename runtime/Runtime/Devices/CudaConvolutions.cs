using GraphPartition.Ir.Graphs;

namespace GraphPartition.Runtime.Devices;

/// <summary>For which convolutions ONNX Runtime's CUDA provider (1.29) can be told how to compute them.</summary>
internal static class CudaConvolutions
{
    /// <summary>
    /// Whether all of a graph can be computed with channels last: weights are reordered when a session is made, and one that a node
    /// computes is taken as if it had been (dequantised ones, for instance).
    /// </summary>
    public static bool CanHaveChannelsLast(Graph graph) => Of(graph).All(n => n.Input(1) is { IsConstant: true });

    /// <summary>Whether biases can be added inside of all convolutions: with one in a ConvTranspose cuDNN gets a graph without a type.</summary>
    public static bool CanHaveBiasInside(Graph graph) => Of(graph).All(n => n.Op.Is("Conv") || n.Input(2) is null);

    private static IEnumerable<Node> Of(Graph graph) => graph.Nodes.SelectMany(n => n.Op.Is("Conv") || n.Op.Is("ConvTranspose") ? [n] : n.Attributes.Bodies().SelectMany(Of));
}
