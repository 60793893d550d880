namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>
/// The error that one node makes or has. Ratios are those of the worst sample, in dB; minus infinite where a number breaks.
/// </summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Tensor">Its first FP32 output; empty where it is in a body.</param>
/// <param name="AtOutputs">The error at the outputs of the model where only this node is in 16 bits: what it is to blame for.</param>
/// <param name="Local">The error of its own result where only this node is in 16 bits; NaN in a body.</param>
/// <param name="Accumulated">The error of its own result where all nodes are in 16 bits, mostly that of nodes before; NaN in a body.</param>
/// <param name="Note">A constant of the node that the format cannot hold; null: there is none.</param>
public sealed record NodeError(
    string Node, string Op, string Tensor, double AtOutputs, double Local, double Accumulated, string? Note);

/// <summary>Where a model loses precision.</summary>
/// <param name="Format">The format.</param>
/// <param name="Limit">The ratio in dB below which an error counts.</param>
/// <param name="Nodes">Every node that can compute in the format, in the order of the graph.</param>
/// <param name="First">The first node whose result, with all nodes in 16 bits, is below the limit; null: none is.</param>
/// <param name="Culprits">Nodes that alone bring an output below the limit, the worst first.</param>
/// <param name="All">The worst output with all nodes in 16 bits, in dB.</param>
/// <param name="WithoutCulprits">The same with the culprits in FP32.</param>
public sealed record PrecisionErrors(
    string Format, double Limit, ImmutableArray<NodeError> Nodes, NodeError? First, ImmutableArray<NodeError> Culprits, double All,
    double WithoutCulprits);
