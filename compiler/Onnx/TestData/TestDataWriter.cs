using Google.Protobuf;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using Kind = GraphPartition.Onnx.Proto.SequenceProto.Types.DataType;

namespace GraphPartition.Onnx.TestData;

/// <summary>Writes ONNX test data, as <see cref="TestDataSet"/> reads it.</summary>
public static class TestDataWriter
{
    /// <summary>Writes a folder, which is made where it is missing.</summary>
    public static void Write(this TestDataSet set, string directory)
    {
        Directory.CreateDirectory(directory);
        for (int i = 0; i < set.Inputs.Length; i++) WriteValue(Path.Combine(directory, $"input_{i}.pb"), set.Inputs[i]);
        for (int i = 0; i < set.Outputs.Length; i++) WriteValue(Path.Combine(directory, $"output_{i}.pb"), set.Outputs[i]);
    }

    /// <summary>Writes one file.</summary>
    public static void WriteValue(string path, NamedValue value)
    {
        IMessage message = value.Value switch
        {
            TensorValue v => ProtoTypes.Encode(value.Name, v.Data),
            SparseTensorValue v => ProtoTypes.Encode(v.Data),
            SequenceValue v => Encode(value.Name, v.Items),
            OptionalValue v => Encode(value.Name, v),
            MapValue v => Encode(value.Name, v),
            _ => throw new InvalidOperationException($"no encoding for {value.Value}"),
        };
        AtomicFile.Write(path, message.WriteTo);
    }

    private static Kind KindOf(DataValue value) => value switch
    {
        TensorValue => Kind.Tensor,
        SparseTensorValue => Kind.SparseTensor,
        SequenceValue => Kind.Sequence,
        MapValue => Kind.Map,
        _ => Kind.Optional,
    };

    private static Proto.SequenceProto Encode(string name, ImmutableArray<DataValue> items)
    {
        var sequence = new Proto.SequenceProto { Name = name, ElemType = (int)(items.Length == 0 ? Kind.Tensor : KindOf(items[0])) };
        foreach (DataValue item in items)
            switch (item)
            {
                case TensorValue v: sequence.TensorValues.Add(ProtoTypes.Encode("", v.Data)); break;
                case SparseTensorValue v: sequence.SparseTensorValues.Add(ProtoTypes.Encode(v.Data)); break;
                case SequenceValue v: sequence.SequenceValues.Add(Encode("", v.Items)); break;
                case MapValue v: sequence.MapValues.Add(Encode("", v)); break;
                case OptionalValue v: sequence.OptionalValues.Add(Encode("", v)); break;
            }
        return sequence;
    }

    private static Proto.OptionalProto Encode(string name, OptionalValue value)
    {
        var optional = new Proto.OptionalProto { Name = name, ElemType = value.Item is null ? 0 : (int)KindOf(value.Item) };
        switch (value.Item)
        {
            case TensorValue v: optional.TensorValue = ProtoTypes.Encode("", v.Data); break;
            case SparseTensorValue v: optional.SparseTensorValue = ProtoTypes.Encode(v.Data); break;
            case SequenceValue v: optional.SequenceValue = Encode("", v.Items); break;
            case MapValue v: optional.MapValue = Encode("", v); break;
            case OptionalValue v: optional.OptionalValue = Encode("", v); break;
        }
        return optional;
    }

    private static Proto.MapProto Encode(string name, MapValue value)
    {
        var map = new Proto.MapProto { Name = name, KeyType = (int)value.Keys.Element, Values = Encode("", value.Values) };
        if (value.Keys is StringTensor texts)
            foreach (ReadOnlyMemory<byte> text in texts.Values) map.StringKeys.Add(UnsafeByteOperations.UnsafeWrap(text));
        else map.Keys.AddRange(value.Keys.ToIntegers(long.MaxValue) ?? []);
        return map;
    }
}
