using GraphPartition.MixedPrecision.Ranges;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>The numbers of one tensor.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Range">Its numbers on all samples.</param>
public sealed record TensorRange(string Name, ValueRange Range);

/// <summary>A node that makes NaN or infinities of finite numbers.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Inputs">Its FP32 inputs, constants too.</param>
/// <param name="Outputs">Its FP32 outputs.</param>
/// <param name="Why">What the numbers of its inputs show.</param>
public sealed record BrokenNode(
    string Node, string Op, ImmutableArray<TensorRange> Inputs, ImmutableArray<TensorRange> Outputs, string Why);

/// <summary>Where a model makes NaN or infinities.</summary>
/// <param name="Nodes">The nodes that make them, in the order of the graph; nodes that only pass them on are not listed.</param>
/// <param name="Outputs">The outputs of the model that are not finite.</param>
/// <param name="Sources">The inputs and constants of the model that are not finite.</param>
public sealed record BrokenModel(
    ImmutableArray<BrokenNode> Nodes, ImmutableArray<TensorRange> Outputs, ImmutableArray<TensorRange> Sources);
