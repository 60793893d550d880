using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.Inference;
using GraphPartition.Operators.TensorRt;

/// <summary>An operator that only this program has: it keeps the type of its input, and a plugin runs it from TensorRT 10.0 on.</summary>
internal sealed class Swirl : IOperatorExtension
{
    /// <inheritdoc/>
    public OpName Name { get; } = new("my.domain", "Swirl");

    /// <inheritdoc/>
    public void Infer(NodeTyping node) => node.Set(0, node.Element(0), node.Shape(0));

    /// <inheritdoc/>
    public Verdict SupportOf(Node node, TensorRtTarget target) =>
        target.Release.Major >= 10 ? Verdict.Yes : Verdict.No("the Swirl plugin needs TensorRT 10", "swirl-plugin");
}
