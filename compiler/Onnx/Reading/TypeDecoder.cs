namespace GraphPartition.Onnx.Reading;

/// <summary>TypeProto to <see cref="IrType"/>.</summary>
internal static class TypeDecoder
{
    private const int MaxDepth = 32;

    /// <summary>The type; unknown where the file leaves it out, has an opaque type, or a number that this version does not know.</summary>
    public static IrType Decode(ReadOnlyMemory<byte> type, Denotations? denotations = null, int depth = 0)
    {
        if (depth > MaxDepth) throw new WireException("a type is nested too deep");
        IrType result = IrType.Unknown;
        int place = denotations?.NextPlace() ?? 0;
        var reader = new WireReader(type);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TypeProto.TensorTypeFieldNumber:
                    (ElementType element, Shape? shape) = Tensor(reader.Bytes(), denotations);
                    result = element == ElementType.Undefined && shape is null ? IrType.Unknown : new TensorType(element, shape);
                    break;
                case Proto.TypeProto.SparseTensorTypeFieldNumber:
                    (element, shape) = Tensor(reader.Bytes(), denotations);
                    result = new SparseTensorType(element, shape);
                    break;
                case Proto.TypeProto.SequenceTypeFieldNumber: result = new SequenceType(Inner(reader.Bytes(), denotations, depth)); break;
                case Proto.TypeProto.OptionalTypeFieldNumber: result = new OptionalType(Inner(reader.Bytes(), denotations, depth)); break;
                case Proto.TypeProto.MapTypeFieldNumber: result = Map(reader.Bytes(), denotations, depth); break;
                case Proto.TypeProto.DenotationFieldNumber when denotations is not null: denotations.Set(place, reader.Text()); break;
                default: reader.Skip(); break;
            }
        return result;
    }

    /// <summary>The element type with a number of the file; undefined where this version does not know it.</summary>
    public static ElementType Element(int number) => ElementTypes.IsKnown(number) ? (ElementType)number : ElementType.Undefined;

    private static (ElementType, Shape?) Tensor(ReadOnlyMemory<byte> tensor, Denotations? denotations)
    {
        var element = ElementType.Undefined;
        Shape? shape = null;
        var reader = new WireReader(tensor);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TypeProto.Types.Tensor.ElemTypeFieldNumber: element = Element(reader.Int32()); break;
                case Proto.TypeProto.Types.Tensor.ShapeFieldNumber: shape = Dims(reader.Bytes(), denotations); break;
                default: reader.Skip(); break;
            }
        return (element, shape);
    }

    private static Shape Dims(ReadOnlyMemory<byte> shape, Denotations? denotations)
    {
        Dim[] dims = new Dim[4];
        int rank = 0;
        var reader = new WireReader(shape);
        while (reader.Next())
        {
            if (reader.Field != Proto.TensorShapeProto.DimFieldNumber)
            {
                reader.Skip();
                continue;
            }
            if (rank == dims.Length) Array.Resize(ref dims, 2 * rank);
            dims[rank++] = Dimension(reader.Bytes(), denotations);
        }
        return new Shape(dims.AsSpan(0, rank));
    }

    private static Dim Dimension(ReadOnlyMemory<byte> dimension, Denotations? denotations)
    {
        Dim dim = Dim.Unknown;
        int place = denotations?.NextPlace() ?? 0;
        var reader = new WireReader(dimension);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TensorShapeProto.Types.Dimension.DimValueFieldNumber:
                    long size = reader.Int64();
                    dim = size >= 0 ? Dim.Known(size) : Dim.Unknown; // some exporters write -1 for "not known"
                    break;
                case Proto.TensorShapeProto.Types.Dimension.DimParamFieldNumber:
                    string symbol = reader.Text();
                    dim = Dim.Named(symbol.StartsWith('$') ? "_" + symbol : symbol); // '$' marks symbols of our own
                    break;
                case Proto.TensorShapeProto.Types.Dimension.DenotationFieldNumber when denotations is not null:
                    denotations.Set(place, reader.Text());
                    break;
                default: reader.Skip(); break;
            }
        return dim;
    }

    private static IrType Inner(ReadOnlyMemory<byte> wrapper, Denotations? denotations, int depth)
    {
        IrType element = IrType.Unknown;
        var reader = new WireReader(wrapper);
        while (reader.Next())
            if (reader.Field == Proto.TypeProto.Types.Sequence.ElemTypeFieldNumber)
                element = Decode(reader.Bytes(), denotations, depth + 1);
            else reader.Skip();
        return element;
    }

    private static MapType Map(ReadOnlyMemory<byte> map, Denotations? denotations, int depth)
    {
        var key = ElementType.Undefined;
        IrType value = IrType.Unknown;
        var reader = new WireReader(map);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TypeProto.Types.Map.KeyTypeFieldNumber: key = Element(reader.Int32()); break;
                case Proto.TypeProto.Types.Map.ValueTypeFieldNumber: value = Decode(reader.Bytes(), denotations, depth + 1); break;
                default: reader.Skip(); break;
            }
        return new MapType(key, value);
    }
}

/// <summary>
/// Collects denotations while a type is decoded (<see cref="ValueMetadata.Denotations"/>): one place for each type and
/// dimension.
/// </summary>
internal sealed class Denotations
{
    private List<string>? _texts; // made for the first denotation: most types have none
    private int _places;

    /// <summary>The place of the next type or dimension.</summary>
    public int NextPlace() => _places++;

    /// <summary>Sets the denotation of a place.</summary>
    public void Set(int place, string text)
    {
        if (text.Length == 0) return;
        _texts ??= [];
        while (_texts.Count <= place) _texts.Add("");
        _texts[place] = text;
    }

    /// <summary>All texts up to the last place; none where there are no denotations.</summary>
    public ImmutableArray<string> ToTexts() => _texts is null ? [] : [.. _texts, .. Enumerable.Repeat("", _places - _texts.Count)];
}
