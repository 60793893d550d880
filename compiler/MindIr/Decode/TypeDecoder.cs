using Google.Protobuf.Collections;
using GraphPartition.Ir.Types;
using Kind = GraphPartition.MindIr.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.MindIr.Decode;

/// <summary>The types that a file stores: of inputs, and of the results of nodes as MindSpore inferred them.</summary>
internal static class TypeDecoder
{
    /// <summary>The type of a tensor or scalar. A dimension of -1 is not known; -2 alone means an unknown rank.</summary>
    public static TensorType Tensor(TensorProto tensor)
    {
        ElementType type = ElementNumbers.OfDataType(tensor.DataType);
        if (tensor.Dims.Count == 1 && tensor.Dims[0] == -2) return new(type, null);
        var dims = ImmutableArray.CreateBuilder<Dim>(tensor.Dims.Count);
        foreach (long d in tensor.Dims) dims.Add(d is >= 0 and < long.MaxValue ? Dim.Known(d) : Dim.Unknown);
        return new(type, new Shape(dims.MoveToImmutable()));
    }

    /// <summary>
    /// The types of a node's results, one for each element where the result is a tuple; null for an element that is not a tensor.
    /// Empty where the file has none.
    /// </summary>
    public static ImmutableArray<TensorType?> Results(RepeatedField<AttributeProto> attributes)
    {
        foreach (AttributeProto a in attributes)
        {
            if (a.HasRefAttrName ? !a.RefAttrName.StartsWith("shape:", StringComparison.Ordinal) : a.Name != "shape" || a.Ints.Count > 0)
                continue;
            if (a.Type is Kind.Tuple or Kind.List) return [.. a.Values.Select(Element)];
            if (a.Tensors.Count > 0) return [.. a.Tensors.Select(t => a.Type == Kind.Scalar ? Scalar(t) : Tensor(t))];
        }
        return [];
    }

    /// <summary>An input's type: null where it is not a tensor (a monad), empty where the file has no type; several for a tuple.</summary>
    public static ImmutableArray<TensorType?> Input(ValueInfoProto input)
    {
        if (input.AttrInfo is { } info)
            return info.Type is Kind.Tuple or Kind.List ? [.. info.Values.Select(Element)] : [Element(info)];
        if (input.Tensor.Count > 0) return [Tensor(input.Tensor[0])];
        return IsMonad(input) ? [null] : [];
    }

    /// <summary>Whether the value is a monad, in either style.</summary>
    public static bool IsMonad(ValueInfoProto value) => value.AttrInfo?.Type is Kind.Umonad or Kind.Iomonad
        || value.Denotation is "UMonadType" or "IOMonadType";

    private static TensorType? Element(AttributeProto a) => a.Tensors.Count == 0 ? null
        : a.Type == Kind.Tensors ? Tensor(a.Tensors[0]) : Scalar(a.Tensors[0]);

    /// <summary>A number of Python: the file writes it as a tensor with the one dimension 0.</summary>
    private static TensorType Scalar(TensorProto tensor) => new(ElementNumbers.OfDataType(tensor.DataType), Shape.Scalar);
}
