using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Format;

namespace GraphPartition.Onnx.Reading;

/// <summary>The small messages: StringStringEntryProto, OperatorSetIdProto and ValueInfoProto.</summary>
internal static class Entries
{
    public static KeyValuePair<string, string> Decode(ReadOnlyMemory<byte> entry)
    {
        string key = "", value = "";
        var reader = new WireReader(entry);
        while (reader.Next())
            switch (reader.Field)
            {
                case GraphPartition.Onnx.Proto.StringStringEntryProto.KeyFieldNumber: key = reader.Text(); break;
                case GraphPartition.Onnx.Proto.StringStringEntryProto.ValueFieldNumber: value = reader.Text(); break;
                default: reader.Skip(); break;
            }
        return new(key, value);
    }

    /// <summary>Adds a domain's opset; of two the newer counts, as in other readers.</summary>
    public static void AddOpset(ImmutableSortedDictionary<string, int>.Builder to, ReadOnlyMemory<byte> opset)
    {
        string domain = "";
        long version = 0;
        var reader = new WireReader(opset);
        while (reader.Next())
            switch (reader.Field)
            {
                case GraphPartition.Onnx.Proto.OperatorSetIdProto.DomainFieldNumber: domain = OnnxVersions.Domain(reader.Text()); break;
                case GraphPartition.Onnx.Proto.OperatorSetIdProto.VersionFieldNumber: version = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        to[domain] = Math.Max(to.GetValueOrDefault(domain), (int)Math.Clamp(version, 0, int.MaxValue));
    }

    public static (string Name, IrType Type, ValueMetadata? Notes) DecodeValueInfo(ReadOnlyMemory<byte> info)
    {
        string name = "";
        IrType type = IrType.Unknown;
        MetadataBuilder notes = new MetadataBuilder();
        var denotations = new Denotations();
        var reader = new WireReader(info);
        while (reader.Next())
            switch (reader.Field)
            {
                case GraphPartition.Onnx.Proto.ValueInfoProto.NameFieldNumber: name = reader.Text(); break;
                case GraphPartition.Onnx.Proto.ValueInfoProto.TypeFieldNumber: type = TypeDecoder.Decode(reader.Bytes(), denotations); break;
                case GraphPartition.Onnx.Proto.ValueInfoProto.DocStringFieldNumber: notes.Doc(reader.Text()); break;
                case GraphPartition.Onnx.Proto.ValueInfoProto.MetadataPropsFieldNumber: notes.Add(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        ValueMetadata said = new ValueMetadata { Value = notes.ToMetadata(), Denotations = denotations.ToTexts() };
        return (name, type, said.IsEmpty ? null : said);
    }

    /// <summary>A TensorAnnotation: whose quantization it is about, and its parameters.</summary>
    public static (string Name, ValueMetadata Notes) DecodeQuantization(ReadOnlyMemory<byte> annotation)
    {
        string name = "";
        var parameters = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var reader = new WireReader(annotation);
        while (reader.Next())
            switch (reader.Field)
            {
                case GraphPartition.Onnx.Proto.TensorAnnotation.TensorNameFieldNumber: name = reader.Text(); break;
                case GraphPartition.Onnx.Proto.TensorAnnotation.QuantParameterTensorNamesFieldNumber: parameters.Add(Decode(reader.Bytes())); break;
                default: reader.Skip(); break;
            }
        return (name, new() { Quantization = parameters.ToImmutable() });
    }
}

/// <summary>Collects a doc string and metadata while a message is walked.</summary>
internal struct MetadataBuilder
{
    private string? _doc;
    private ImmutableArray<KeyValuePair<string, string>>.Builder? _metadata;

    public void Doc(string doc) => _doc = doc;

    public void Add(ReadOnlyMemory<byte> entry) =>
        (_metadata ??= ImmutableArray.CreateBuilder<KeyValuePair<string, string>>()).Add(Entries.Decode(entry));

    public readonly Metadata? ToMetadata() => Metadata.OrNull(_doc ?? "", _metadata?.ToImmutable() ?? []);
}
