using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Analysis;

/// <summary>
/// What a node has to do, estimated from the types of its values. An unknown dimension counts as <see cref="Work.AssumedSize"/>.
/// </summary>
/// <param name="Kind">How the result comes about.</param>
/// <param name="Flops">Arithmetic operations; a multiplication and an addition are two.</param>
/// <param name="BytesRead">Bytes of inputs, weights included.</param>
/// <param name="BytesWritten">Bytes of outputs.</param>
/// <param name="WeightBytes">Bytes of constant inputs, a part of <paramref name="BytesRead"/>.</param>
public readonly record struct NodeWork(WorkKind Kind, double Flops, double BytesRead, double BytesWritten, double WeightBytes)
{
    /// <summary>Bytes that go through memory when the node runs alone.</summary>
    public double Bytes => Kind == WorkKind.View ? 0 : BytesRead + BytesWritten;

    /// <summary>
    /// The work of a node; nodes of its bodies are added up (branches of an If by the larger, loops by their trip count).
    /// </summary>
    public static NodeWork Of(Node node)
    {
        double read = 0, weights = 0, written = 0;
        foreach (Value? v in node.Inputs)
        {
            if (v is null) continue;
            double bytes = BytesOf(v.Type);
            read += bytes;
            if (v.IsConstant) weights += bytes;
        }
        foreach (Value? v in node.Outputs)
            if (v is not null) written += BytesOf(v.Type);
        return new(KindOf(node), OperationsOf(node), read, written, weights);
    }

    /// <summary>Bytes of a value of this type; at least 1.</summary>
    public static double BytesOf(IrType type) =>
        type is TensorType t ? Math.Max(1, Work.Count(type) * t.Element.Bits() / 8) : Work.AssumedSize;

    /// <summary>An engine takes no operator of another domain, so none of them is fused into it.</summary>
    private static WorkKind KindOf(Node node) => node.Op.Domain.Length > 0 ? WorkKind.Kernel : OperatorDefinitions.Of(node.Op).Work.Kind;

    private static readonly Func<Node, double> OfInner = OperationsOf; // one delegate for all nodes

    private static double OperationsOf(Node node) => OperatorDefinitions.Of(node.Op).Work.Operations(node, OfInner);
}
