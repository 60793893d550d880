using Google.Protobuf;

namespace GraphPartition.Onnx.Writing;

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

    /// <summary>A value with its type and its metadata.</summary>
    public static Proto.ValueInfoProto Encode(string name, Value value)
    {
        var info = new Proto.ValueInfoProto { Name = name };
        if (Encode(value.Type) is { } encoded) info.Type = encoded;
        if (value.Metadata is not { } metadata) return info;
        if (metadata.Value is { DocString.Length: > 0 } own) info.DocString = own.DocString;
        info.MetadataProps.AddRange(Metadata(metadata.Value));
        if (!metadata.Denotations.IsEmpty) SetDenotations(info.Type ??= new(), metadata.Denotations);
        return info;
    }

    /// <summary>A tensor without its raw bytes; strings, which have none, are there.</summary>
    public static Proto.TensorProto EncodeHeader(string name, TensorData data, Metadata? metadata = null)
    {
        var tensor = new Proto.TensorProto { DataType = (int)data.Element };
        if (name.Length > 0) tensor.Name = name;
        foreach (long d in data.Dims) tensor.Dims.Add(d);
        if (metadata is { DocString.Length: > 0 }) tensor.DocString = metadata.DocString;
        tensor.MetadataProps.AddRange(Metadata(metadata));
        if (data is StringTensor strings)
            foreach (ReadOnlyMemory<byte> s in strings.Values) tensor.StringData.Add(UnsafeByteOperations.UnsafeWrap(s));
        return tensor;
    }

    /// <summary>A tensor with its bytes, which are not copied.</summary>
    public static Proto.TensorProto Encode(string name, TensorData data, Metadata? metadata = null)
    {
        Proto.TensorProto tensor = EncodeHeader(name, data, metadata);
        if (data is not StringTensor) tensor.RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes);
        return tensor;
    }

    public static Proto.SparseTensorProto Encode(SparseTensorData data)
    {
        var sparse = new Proto.SparseTensorProto { Values = Encode("", data.Values), Indices = Encode("", data.Indices) };
        foreach (long d in data.Dims) sparse.Dims.Add(d);
        return sparse;
    }

    /// <summary>The properties of the metadata; none where it is null.</summary>
    public static IEnumerable<Proto.StringStringEntryProto> Metadata(Metadata? metadata) =>
        metadata is null ? [] : metadata.Properties.Select(m => new Proto.StringStringEntryProto { Key = m.Key, Value = m.Value });

    /// <summary>
    /// Puts denotations (<see cref="ValueMetadata.Denotations"/>) into a type. Where passes have changed the type so that it has
    /// other dimensions, only the denotation of the type itself is certain.
    /// </summary>
    private static void SetDenotations(Proto.TypeProto type, ImmutableArray<string> denotations)
    {
        var places = new List<Action<string>>();
        Collect(type);
        int certain = places.Count == denotations.Length ? places.Count : 1;
        for (int i = 0; i < certain; i++)
            if (denotations[i].Length > 0) places[i](denotations[i]);

        void Collect(Proto.TypeProto at)
        {
            places.Add(text => at.Denotation = text);
            if ((at.TensorType?.Shape ?? at.SparseTensorType?.Shape) is { } shape)
                foreach (Proto.TensorShapeProto.Types.Dimension dim in shape.Dim) places.Add(text => dim.Denotation = text);
            if ((at.SequenceType?.ElemType ?? at.OptionalType?.ElemType ?? at.MapType?.ValueType) is { } inner) Collect(inner);
        }
    }

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
