namespace GraphPartition.Onnx.Reading;

/// <summary>What a GraphProto holds besides its nodes.</summary>
internal sealed class GraphFields
{
    private GraphFields() { }

    public string Name { get; private set; } = "";
    public Metadata? Metadata { get; private set; }

    public List<(string Name, IrType Type, ValueMetadata? Metadata)> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];
    public List<ReadOnlyMemory<byte>> Initializers { get; } = [];
    public List<ReadOnlyMemory<byte>> SparseInitializers { get; } = [];

    /// <summary>Declared types of outputs and of values inside, by name.</summary>
    public Dictionary<string, IrType> Declared { get; } = [];

    /// <summary>The metadata of values, by name; that of inputs is in <see cref="Inputs"/>.</summary>
    public Dictionary<string, ValueMetadata> MetadataOf { get; } = [];

    public int NodeCount { get; private set; }

    public static GraphFields Decode(ReadOnlyMemory<byte> graph)
    {
        var fields = new GraphFields();
        var metadata = new MetadataBuilder();
        var types = new TypeCache();
        var reader = new WireReader(graph);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.GraphProto.NodeFieldNumber:
                    fields.NodeCount++;
                    reader.Skip();
                    break;
                case Proto.GraphProto.NameFieldNumber: fields.Name = reader.Text(); break;
                case Proto.GraphProto.DocStringFieldNumber: metadata.Doc(reader.Text()); break;
                case Proto.GraphProto.MetadataPropsFieldNumber: metadata.Add(reader.Bytes()); break;
                case Proto.GraphProto.InitializerFieldNumber: fields.Initializers.Add(reader.Bytes()); break;
                case Proto.GraphProto.SparseInitializerFieldNumber: fields.SparseInitializers.Add(reader.Bytes()); break;
                case Proto.GraphProto.InputFieldNumber: fields.Inputs.Add(Entries.DecodeValueInfo(reader.Bytes(), types)); break;
                case Proto.GraphProto.OutputFieldNumber:
                    (string output, IrType type, ValueMetadata? ofValue) = Entries.DecodeValueInfo(reader.Bytes(), types);
                    fields.Outputs.Add(output);
                    fields.Declare(output, type);
                    fields.Add(output, ofValue);
                    break;
                case Proto.GraphProto.ValueInfoFieldNumber:
                    (string value, type, ofValue) = Entries.DecodeValueInfo(reader.Bytes(), types);
                    fields.Declare(value, type);
                    fields.Add(value, ofValue);
                    break;
                case Proto.GraphProto.QuantizationAnnotationFieldNumber:
                    (value, ofValue) = Entries.DecodeQuantization(reader.Bytes());
                    fields.Add(value, ofValue);
                    break;
                default: reader.Skip(); break;
            }
        fields.Metadata = metadata.ToMetadata();
        return fields;
    }

    /// <summary>Merges the metadata that several places have of one value.</summary>
    private void Add(string name, ValueMetadata? metadata)
    {
        if (metadata is not null) MetadataOf[name] = ValueMetadata.Merge(MetadataOf.GetValueOrDefault(name), metadata)!;
    }

    /// <summary>The nodes of a GraphProto.</summary>
    public static List<ReadOnlyMemory<byte>> Nodes(ReadOnlyMemory<byte> graph)
    {
        var nodes = new List<ReadOnlyMemory<byte>>();
        var reader = new WireReader(graph);
        while (reader.Next())
            if (reader.Field == Proto.GraphProto.NodeFieldNumber) nodes.Add(reader.Bytes());
            else reader.Skip();
        return nodes;
    }

    /// <summary>Two declarations of one value are merged; where they contradict, the first is kept.</summary>
    private void Declare(string name, IrType type)
    {
        if (type is UnknownType) return;
        if (!Declared.TryAdd(name, type)) Declared[name] = IrType.Merge(Declared[name], type) ?? Declared[name];
    }
}
