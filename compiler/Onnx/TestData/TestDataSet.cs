using System.Collections.Immutable;
using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using Kind = GraphPartition.Onnx.Proto.SequenceProto.Types.DataType;

namespace GraphPartition.Onnx.TestData;

/// <summary>
/// An ONNX test data set: a folder with <c>input_0.pb</c>, <c>input_1.pb</c>, ... and <c>output_0.pb</c>, ..., in the order of
/// the graph's inputs and outputs (https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md).
/// </summary>
/// <param name="Inputs">Inputs, by the graph's names; fewer than the graph has where the last ones have defaults.</param>
/// <param name="Outputs">Expected outputs, by the graph's names.</param>
public sealed record TestDataSet(ImmutableArray<NamedValue> Inputs, ImmutableArray<NamedValue> Outputs)
{
    /// <summary>Reads a folder. Throws <see cref="ModelException"/> where it does not fit the graph.</summary>
    public static TestDataSet Read(string directory, Graph graph)
    {
        if (!Directory.Exists(directory)) throw Codes.BadTestData.Error(directory, "there is no such directory");
        return new(Read(directory, "input", graph.Inputs), Read(directory, "output", graph.Outputs));
    }

    /// <summary>Reads one file, which holds a value of the given type; where that is unknown, the file's form decides.</summary>
    public static DataValue ReadValue(string path, IrType type) => ReadNamed(path, type).Value;

    /// <summary>Writes a folder, which is made where it is missing.</summary>
    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        for (int i = 0; i < Inputs.Length; i++) WriteValue(Path.Combine(directory, $"input_{i}.pb"), Inputs[i]);
        for (int i = 0; i < Outputs.Length; i++) WriteValue(Path.Combine(directory, $"output_{i}.pb"), Outputs[i]);
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

    private static ImmutableArray<NamedValue> Read(string directory, string stem, ImmutableArray<Value> values)
    {
        var read = ImmutableArray.CreateBuilder<NamedValue>();
        for (int i = 0; Path.Combine(directory, $"{stem}_{i}.pb") is var path && File.Exists(path); i++)
        {
            if (i >= values.Length) throw Codes.BadTestData.Error(path, $"the model has only {values.Length} {stem}s");
            (string name, DataValue value) = ReadNamed(path, values[i].Type);
            read.Add(new(values.Any(v => v.Name == name) ? name : values[i].Name, value));
        }
        return read.ToImmutable();
    }

    private static (string Name, DataValue Value) ReadNamed(string path, IrType type)
    {
        var decoder = new DataDecoder();
        try
        {
            return decoder.Decode(File.ReadAllBytes(path), type);
        }
        catch (Exception e) when (e is WireException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException([Codes.BadTestData.At(path, e.Message), .. decoder.Faults]);
        }
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
