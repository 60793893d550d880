using Google.Protobuf;
using GraphPartition.Ir;

namespace GraphPartition.Onnx;

/// <summary>IR types and tensors as protobuf messages.</summary>
internal static class ProtoTypes
{
    /// <summary>The type as a message; null where nothing is known.</summary>
    public static Proto.TypeProto? Encode(IrType type) => type switch
    {
        TensorType t => new() { TensorType = new() { ElemType = (int)t.Element, Shape = Encode(t.Shape) } },
        SparseTensorType t => new() { SparseTensorType = new() { ElemType = (int)t.Element, Shape = Encode(t.Shape) } },
        SequenceType t => new() { SequenceType = new() { ElemType = Encode(t.Element) ?? new() } },
        OptionalType t => new() { OptionalType = new() { ElemType = Encode(t.Element) ?? new() } },
        MapType t => new() { MapType = new() { KeyType = (int)t.Key, ValueType = Encode(t.Value) ?? new() } },
        _ => null,
    };

    public static Proto.ValueInfoProto Encode(string name, IrType type)
    {
        var info = new Proto.ValueInfoProto { Name = name };
        if (Encode(type) is { } encoded) info.Type = encoded;
        return info;
    }

    /// <summary>A tensor without its raw bytes; strings, which have none, are there.</summary>
    public static Proto.TensorProto EncodeHeader(string name, TensorData data)
    {
        var tensor = new Proto.TensorProto { DataType = (int)data.Element };
        if (name.Length > 0) tensor.Name = name;
        foreach (long d in data.Dims) tensor.Dims.Add(d);
        if (data is StringTensor strings)
            foreach (ReadOnlyMemory<byte> s in strings.Values) tensor.StringData.Add(UnsafeByteOperations.UnsafeWrap(s));
        return tensor;
    }

    /// <summary>A tensor with its bytes, which are not copied.</summary>
    public static Proto.TensorProto Encode(string name, TensorData data)
    {
        Proto.TensorProto tensor = EncodeHeader(name, data);
        if (data is not StringTensor) tensor.RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes);
        return tensor;
    }

    public static Proto.SparseTensorProto Encode(SparseTensorData data)
    {
        var sparse = new Proto.SparseTensorProto { Values = Encode("", data.Values), Indices = Encode("", data.Indices) };
        foreach (long d in data.Dims) sparse.Dims.Add(d);
        return sparse;
    }

    public static IEnumerable<Proto.StringStringEntryProto> Metadata(Notes notes) =>
        notes.Metadata.Select(m => new Proto.StringStringEntryProto { Key = m.Key, Value = m.Value });

    private static Proto.TensorShapeProto? Encode(Shape? shape)
    {
        if (shape is null) return null;
        var dims = new Proto.TensorShapeProto();
        foreach (Dim d in shape.Dims)
        {
            var dim = new Proto.TensorShapeProto.Types.Dimension();
            if (d.IsKnown) dim.DimValue = d.Size;
            else if (d.Symbol is { } symbol && !symbol.StartsWith('$')) dim.DimParam = symbol; // '$' marks symbols of our own
            dims.Dim.Add(dim);
        }
        return dims;
    }
}
