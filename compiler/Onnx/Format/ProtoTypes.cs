using Google.Protobuf;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Format;

/// <summary>IR types and tensors as protobuf messages.</summary>
internal static class ProtoTypes
{
    /// <summary>The type as a message; null where nothing is known.</summary>
    public static GraphPartition.Onnx.Proto.TypeProto? Encode(IrType type) => type switch
    {
        TensorType t => new() { TensorType = new() { ElemType = (int)t.Element, Shape = Encode(t.Shape) } },
        SparseTensorType t => new() { SparseTensorType = new() { ElemType = (int)t.Element, Shape = Encode(t.Shape) } },
        SequenceType t => new() { SequenceType = new() { ElemType = Encode(t.Element) ?? new() } },
        OptionalType t => new() { OptionalType = new() { ElemType = Encode(t.Element) ?? new() } },
        MapType t => new() { MapType = new() { KeyType = (int)t.Key, ValueType = Encode(t.Value) ?? new() } },
        _ => null,
    };

    /// <summary>A value with its type, and with what its file says of it besides.</summary>
    public static GraphPartition.Onnx.Proto.ValueInfoProto Encode(string name, Value value)
    {
        var info = new GraphPartition.Onnx.Proto.ValueInfoProto { Name = name };
        if (Encode(value.Type) is { } encoded) info.Type = encoded;
        if (value.Metadata is not { } notes) return info;
        if (notes.Value is { DocString.Length: > 0 }) info.DocString = notes.Value.DocString;
        if (notes.Value is not null) info.MetadataProps.AddRange(Metadata(notes.Value));
        if (!notes.Denotations.IsEmpty) DenotationWriter.Write(notes.Denotations, info.Type ??= new());
        return info;
    }

    /// <summary>A tensor without its raw bytes; strings, which have none, are there.</summary>
    public static GraphPartition.Onnx.Proto.TensorProto EncodeHeader(string name, TensorData data, Metadata? notes = null)
    {
        var tensor = new GraphPartition.Onnx.Proto.TensorProto { DataType = (int)data.Element };
        if (name.Length > 0) tensor.Name = name;
        foreach (long d in data.Dims) tensor.Dims.Add(d);
        if (notes is { DocString.Length: > 0 }) tensor.DocString = notes.DocString;
        if (notes is not null) tensor.MetadataProps.AddRange(Metadata(notes));
        if (data is StringTensor strings)
            foreach (ReadOnlyMemory<byte> s in strings.Values) tensor.StringData.Add(UnsafeByteOperations.UnsafeWrap(s));
        return tensor;
    }

    /// <summary>A tensor with its bytes, which are not copied.</summary>
    public static GraphPartition.Onnx.Proto.TensorProto Encode(string name, TensorData data, Metadata? notes = null)
    {
        GraphPartition.Onnx.Proto.TensorProto tensor = EncodeHeader(name, data, notes);
        if (data is not StringTensor) tensor.RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes);
        return tensor;
    }

    public static GraphPartition.Onnx.Proto.SparseTensorProto Encode(SparseTensorData data)
    {
        var sparse = new GraphPartition.Onnx.Proto.SparseTensorProto { Values = Encode("", data.Values), Indices = Encode("", data.Indices) };
        foreach (long d in data.Dims) sparse.Dims.Add(d);
        return sparse;
    }

    public static IEnumerable<GraphPartition.Onnx.Proto.StringStringEntryProto> Metadata(Metadata notes) =>
        notes.Properties.Select(m => new GraphPartition.Onnx.Proto.StringStringEntryProto { Key = m.Key, Value = m.Value });

    private static GraphPartition.Onnx.Proto.TensorShapeProto? Encode(Shape? shape)
    {
        if (shape is null) return null;
        var dims = new GraphPartition.Onnx.Proto.TensorShapeProto();
        foreach (Dim d in shape.Dims)
        {
            var dim = new GraphPartition.Onnx.Proto.TensorShapeProto.Types.Dimension();
            if (d.IsKnown) dim.DimValue = d.Size;
            else if (d.Symbol is { } symbol && !symbol.StartsWith('$')) dim.DimParam = symbol; // '$' marks symbols of our own
            dims.Dim.Add(dim);
        }
        return dims;
    }
}
