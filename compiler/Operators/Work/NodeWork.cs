namespace GraphPartition.Operators.Work;

/// <summary>How an operator's result comes about, as far as its cost is concerned.</summary>
public enum WorkKind
{
    /// <summary>A kernel of its own that reads its inputs and writes its outputs.</summary>
    Kernel,
    /// <summary>Element by element: an engine computes it together with the kernel before it, without going through memory.</summary>
    Pointwise,
    /// <summary>The same bytes under another shape: nothing is computed or moved.</summary>
    View,
}

/// <summary>
/// What a node has to do, estimated from the types of its values. An unknown dimension counts as <see cref="AssumedSize"/>.
/// </summary>
/// <param name="Kind">How the result comes about.</param>
/// <param name="Flops">Arithmetic operations; a multiplication and an addition are two.</param>
/// <param name="BytesRead">Bytes of inputs, weights included.</param>
/// <param name="BytesWritten">Bytes of outputs.</param>
/// <param name="WeightBytes">Bytes of constant inputs, a part of <paramref name="BytesRead"/>.</param>
public readonly record struct NodeWork(WorkKind Kind, double Flops, double BytesRead, double BytesWritten, double WeightBytes)
{
    /// <summary>Elements assumed for a dimension whose size is not known.</summary>
    public const long AssumedSize = 16;

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
        return new(WorkTable.KindOf(node), WorkTable.FlopsOf(node), read, written, weights);
    }

    /// <summary>Bytes of a value of this type; at least 1.</summary>
    public static double BytesOf(IrType type) => type is TensorType t ? Math.Max(1, ElementsOf(type) * t.Element.Bits() / 8) : AssumedSize;

    /// <summary>Elements of a value of this type.</summary>
    public static double ElementsOf(IrType type)
    {
        if (type is not TensorType { Shape: { } shape }) return AssumedSize;
        double count = 1;
        foreach (Dim d in shape.Dims) count *= SizeOf(d);
        return count;
    }

    internal static double SizeOf(Dim dim) => dim.IsKnown ? dim.Size : AssumedSize;
}
