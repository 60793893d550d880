using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>
/// Horizontal fusion of dense layers (Gemm, MatMul): those of one kind that read the same x and differ only in their weights are one
/// layer with the weights behind one another along the output channels, and a Split: [W1; W2] x + [b1; b2] = [W1 x + b1; W2 x + b2].
/// The bias that an Add gives to a MatMul, and an activation that all of them have, move before the Split, where they are one too.
/// <para>
/// Conditions: weights and biases are constants that nobody else uses, and it pays (<see cref="SiblingCost"/>). All members read x
/// alone, so they have one level and no engine is added.
/// </para>
/// </summary>
public sealed class FuseSiblingLayers : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => new SiblingFusion(this, context, "Gemm", "MatMul").Run(graph);
}
