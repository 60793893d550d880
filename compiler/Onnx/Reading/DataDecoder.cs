using System.Globalization;
using System.Runtime.InteropServices;

namespace GraphPartition.Onnx.Reading;

/// <summary>The messages of a data file to <see cref="DataValue"/>. Throws <see cref="WireException"/>.</summary>
internal sealed class DataDecoder
{
    private const int MaxDepth = 32;

    private readonly ImportContext _context = new(new(), null);
    private readonly GraphImporter _graphs;
    private int _depth;

    public DataDecoder() => _graphs = new(_context);

    /// <summary>What is wrong with the tensors; empty where nothing is.</summary>
    public IReadOnlyList<Diagnostic> Faults => _context.Scope.Diagnostics;

    /// <summary>The value in a file that holds one of the given type, and its name. A file does not name its message.</summary>
    public (string Name, DataValue Value) Decode(ReadOnlyMemory<byte> bytes, IrType type) => type switch
    {
        SequenceType => Sequence(bytes),
        OptionalType => Optional(bytes),
        MapType => Map(bytes),
        SparseTensorType => Sparse(bytes),
        UnknownType when LooksLikeSequence(bytes) => Sequence(bytes),
        _ => Tensor(bytes),
    };

    private (string, DataValue) Tensor(ReadOnlyMemory<byte> bytes)
    {
        TensorData data = _context.Tensors.Decode(bytes, "", out string name) ?? throw new WireException("a tensor in it is wrong");
        return (name, new TensorValue(data));
    }

    private (string, DataValue) Sparse(ReadOnlyMemory<byte> bytes)
    {
        SparseTensorData data = new AttributeDecoder(_context, _graphs).DecodeSparse(bytes, "", out string name)
            ?? throw new WireException("a sparse tensor in it is wrong");
        return (name, new SparseTensorValue(data));
    }

    private (string Name, DataValue Value) Sequence(ReadOnlyMemory<byte> bytes)
    {
        (string name, _, List<DataValue> items) = Items(bytes);
        return (name, new SequenceValue([.. items]));
    }

    private (string Name, DataValue Value) Optional(ReadOnlyMemory<byte> bytes)
    {
        (string name, int kind, List<DataValue> items) = Items(bytes);
        if (items.Count > 1) throw new WireException("an optional has several values");
        // An optional of an empty sequence has an item, whose message is empty; protobuf then still has the field.
        return (name, new OptionalValue(kind == 0 || items.Count == 0 ? null : items[0]));
    }

    /// <summary>SequenceProto and OptionalProto have the same fields, repeated in one and single in the other.</summary>
    private (string Name, int Kind, List<DataValue> Items) Items(ReadOnlyMemory<byte> bytes)
    {
        if (++_depth > MaxDepth) throw new WireException("values are nested too deep");
        string name = "";
        int kind = 0;
        var items = new List<DataValue>();
        var reader = new WireReader(bytes);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.SequenceProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.SequenceProto.ElemTypeFieldNumber: kind = reader.Int32(); break;
                case Proto.SequenceProto.TensorValuesFieldNumber: items.Add(Tensor(reader.Bytes()).Item2); break;
                case Proto.SequenceProto.SparseTensorValuesFieldNumber: items.Add(Sparse(reader.Bytes()).Item2); break;
                case Proto.SequenceProto.SequenceValuesFieldNumber: items.Add(Sequence(reader.Bytes()).Value); break;
                case Proto.SequenceProto.MapValuesFieldNumber: items.Add(Map(reader.Bytes()).Value); break;
                case Proto.SequenceProto.OptionalValuesFieldNumber: items.Add(Optional(reader.Bytes()).Value); break;
                default: reader.Skip(); break;
            }
        _depth--;
        return (name, kind, items);
    }

    private (string Name, DataValue Value) Map(ReadOnlyMemory<byte> bytes)
    {
        string name = "";
        int type = 0;
        var keys = new List<long>();
        var texts = new List<ReadOnlyMemory<byte>>();
        List<DataValue> values = [];
        var reader = new WireReader(bytes);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.MapProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.MapProto.KeyTypeFieldNumber: type = reader.Int32(); break;
                case Proto.MapProto.KeysFieldNumber: reader.Int64s(keys); break;
                case Proto.MapProto.StringKeysFieldNumber: texts.Add(reader.Bytes()); break;
                case Proto.MapProto.ValuesFieldNumber: values = Items(reader.Bytes()).Items; break;
                default: reader.Skip(); break;
            }
        TensorData keyData = (ElementType)type == ElementType.String
            ? new StringTensor([texts.Count], [.. texts]) : TensorData.Int64s(CollectionsMarshal.AsSpan(keys));
        if (keyData.Dims[0] != values.Count)
            throw new WireException(string.Create(CultureInfo.InvariantCulture,
                $"a map has {keyData.Dims[0]} keys and {values.Count} values"));
        return (name, new MapValue(keyData, [.. values]));
    }

    /// <summary>Field 3 as bytes holds tensors in a sequence; in a tensor it is the segment, which nobody uses.</summary>
    private static bool LooksLikeSequence(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        for (; reader.Next(); reader.Skip())
            if (reader.Field >= Proto.SequenceProto.TensorValuesFieldNumber)
                return reader.Field == Proto.SequenceProto.TensorValuesFieldNumber;
        return false;
    }
}
