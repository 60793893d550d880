using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Mixed;

/// <summary>
/// A deep equilibrium model (Bai et al. 2019): one layer is applied until its result no longer changes, in a Loop whose number
/// of trips depends on the image. Each trip's change is a result too; of a loop with such a result TensorRT must know the
/// number of trips.
/// </summary>
internal static class Equilibrium
{
    private const int Channels = 48, MostTrips = 40;
    private const float Contraction = 0.9f, Tolerance = 1e-3f;

    public static void Build(NetworkBuilder net)
    {
        Tensor x = net.Image();
        x = x.Conv("stem.0", Channels, kernel: 3, padding: 1, bias: false).BatchNorm("stem.1").Relu();
        x = x.Conv("stem.3", Channels, kernel: 3, stride: 2, padding: 1, bias: false).BatchNorm("stem.4");
        (Tensor state, Tensor changes) = Iterate(x);
        x = (x + state).Conv("head.0", 2 * Channels, kernel: 3, stride: 2, padding: 1).Relu();
        net.Output("logits", x.GlobalAveragePool().Flatten().Linear("head.1", 10));
        net.Output("changes", changes);
    }

    /// <summary>The state z for which z = tanh(c·conv(z) + injected), and how much each trip changed it.</summary>
    private static (Tensor State, Tensor Changes) Iterate(Tensor injected)
    {
        NetworkBuilder net = injected.Net;
        using IDisposable scope = net.Scope("equilibrium");
        Graph body = net.Body("body", () =>
        {
            net.Input("trip", ElementType.Int64);
            net.Input("go_on", ElementType.Bool);
            Tensor state = net.Input("state", [.. injected.Shape.Dims]);
            Tensor next = (state.Conv("conv", Channels, kernel: 3, padding: 1) * Contraction + injected).Tanh();
            Tensor change = (next - state).Map("Abs").Max();
            return [change.Binary("Greater", net.Scalar(Tolerance), 1, ElementType.Bool), next, change];
        });
        Tensor[] results = net.Ops("Loop", [injected.Type, injected.Of(Dim.Unknown)],
            [net.Constant(TensorData.Scalar(ElementType.Int64, (long)MostTrips)),
                net.Constant(TensorData.Scalar(ElementType.Bool, true)), injected],
            ("body", body));
        return (results[0].WithPower(0.394), results[1]);
    }
}
