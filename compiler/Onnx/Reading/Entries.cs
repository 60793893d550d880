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
                case Proto.StringStringEntryProto.KeyFieldNumber: key = reader.Text(); break;
                case Proto.StringStringEntryProto.ValueFieldNumber: value = reader.Text(); break;
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
                case Proto.OperatorSetIdProto.DomainFieldNumber: domain = OnnxVersions.Domain(reader.Text()); break;
                case Proto.OperatorSetIdProto.VersionFieldNumber: version = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        to[domain] = Math.Max(to.GetValueOrDefault(domain), (int)Math.Clamp(version, 0, int.MaxValue));
    }

    /// <param name="info">The message.</param>
    /// <param name="types">The types decoded so far: most values have one of a few.</param>
    public static (string Name, IrType Type, ValueMetadata? Metadata) DecodeValueInfo(ReadOnlyMemory<byte> info, TypeCache types)
    {
        string name = "";
        IrType type = IrType.Unknown;
        ImmutableArray<string> denotations = [];
        var builder = new MetadataBuilder();
        var reader = new WireReader(info);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.ValueInfoProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.ValueInfoProto.TypeFieldNumber: (type, denotations) = types.Decode(reader.Bytes()); break;
                case Proto.ValueInfoProto.DocStringFieldNumber: builder.Doc(reader.Text()); break;
                case Proto.ValueInfoProto.MetadataPropsFieldNumber: builder.Add(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        Metadata? metadata = builder.ToMetadata();
        return (name, type, metadata is null && denotations.IsEmpty ? null : new() { Value = metadata, Denotations = denotations });
    }

    /// <summary>A TensorAnnotation: whose quantization it is about, and its parameters.</summary>
    public static (string Name, ValueMetadata Metadata) DecodeQuantization(ReadOnlyMemory<byte> annotation)
    {
        string name = "";
        var parameters = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var reader = new WireReader(annotation);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TensorAnnotation.TensorNameFieldNumber: name = reader.Text(); break;
                case Proto.TensorAnnotation.QuantParameterTensorNamesFieldNumber: parameters.Add(Decode(reader.Bytes())); break;
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
