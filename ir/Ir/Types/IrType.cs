namespace GraphPartition.Ir.Types;

/// <summary>The type of a value. Types are immutable and compared by content.</summary>
public abstract record IrType
{
    /// <summary>The type of a value about which nothing is known, for instance the result of an unknown operator.</summary>
    public static IrType Unknown { get; } = new UnknownType();

    /// <summary>A tensor of known rank.</summary>
    public static TensorType Tensor(ElementType element, Shape? shape = null) => new(element, shape);

    /// <summary>
    /// Both descriptions of one value merged, or null where they contradict each other
    /// (other element type, rank or known dimension).
    /// </summary>
    public static IrType? Merge(IrType a, IrType b) => (a, b) switch
    {
        _ when ReferenceEquals(a, b) => a,
        (UnknownType, _) => b,
        (_, UnknownType) => a,
        (TensorType x, TensorType y) => TensorType.Merge(x, y),
        (SequenceType x, SequenceType y) => Merge(x.Element, y.Element) is { } e ? new SequenceType(e) : null,
        (OptionalType x, OptionalType y) => Merge(x.Element, y.Element) is { } e ? new OptionalType(e) : null,
        _ => a == b ? a : null,
    };
}

/// <summary>Nothing is known of the value. There is one instance, <see cref="IrType.Unknown"/>.</summary>
public sealed record UnknownType : IrType
{
    internal UnknownType() { }

    /// <inheritdoc/>
    public override string ToString() => "?";
}

/// <summary>A dense tensor.</summary>
/// <param name="Element">The element type, or <see cref="ElementType.Undefined"/> where it is not known.</param>
/// <param name="Shape">The shape, or null where not even the rank is known.</param>
public sealed record TensorType(ElementType Element, Shape? Shape) : IrType
{
    /// <summary>Bytes of the tensor, or null where shape and element type do not determine it.</summary>
    public long? ByteCount =>
        Element.Bits() > 0 && Shape?.ElementCount is { } n && n <= long.MaxValue / 128 ? Element.ByteCount(n) : null;

    internal static TensorType? Merge(TensorType a, TensorType b)
    {
        ElementType element = a.Element == ElementType.Undefined ? b.Element : a.Element;
        if (b.Element != ElementType.Undefined && b.Element != element) return null;
        if (a.Shape is null || b.Shape is null || a.Shape.Equals(b.Shape)) return new(element, a.Shape ?? b.Shape);
        if (a.Shape.Rank != b.Shape.Rank) return null;
        var dims = new Dim[a.Shape.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            if (a.Shape[i].IsKnown && b.Shape[i].IsKnown && a.Shape[i] != b.Shape[i]) return null;
            dims[i] = Dim.Merge(a.Shape[i], b.Shape[i]);
        }
        return new(element, new Shape(dims));
    }

    /// <inheritdoc/>
    public override string ToString() => Element.Keyword() + (Shape?.ToString() ?? "[*]");
}

/// <summary>A sparse tensor (ONNX SparseTensorProto as a value).</summary>
public sealed record SparseTensorType(ElementType Element, Shape? Shape) : IrType
{
    /// <inheritdoc/>
    public override string ToString() => "sparse(" + Element.Keyword() + (Shape?.ToString() ?? "[*]") + ")";
}

/// <summary>A sequence of values of one type.</summary>
public sealed record SequenceType(IrType Element) : IrType
{
    /// <inheritdoc/>
    public override string ToString() => $"seq({Element})";
}

/// <summary>A value that may be absent.</summary>
public sealed record OptionalType(IrType Element) : IrType
{
    /// <inheritdoc/>
    public override string ToString() => $"optional({Element})";
}

/// <summary>A map from an integer or string key to a value.</summary>
public sealed record MapType(ElementType Key, IrType Value) : IrType
{
    /// <inheritdoc/>
    public override string ToString() => $"map({Key.Keyword()},{Value})";
}
