namespace GraphPartition.Onnx.Reading;

/// <summary>A FunctionProto, walked once; its nodes and defaults are decoded where it is used.</summary>
internal sealed class FunctionSource
{
    private FunctionSource() { }

    public OpName Name { get; private set; } = "";
    public List<string> Inputs { get; } = [];
    public List<string> Outputs { get; } = [];

    /// <summary>Attributes without default.</summary>
    public List<string> Attributes { get; } = [];

    /// <summary>Attributes with default (AttributeProto).</summary>
    public List<ReadOnlyMemory<byte>> Defaults { get; } = [];

    public List<ReadOnlyMemory<byte>> Nodes { get; set; } = [];

    /// <summary>Whether the nodes were sorted, or found to be.</summary>
    public bool IsSorted { get; set; }

    public ImmutableSortedDictionary<string, int> Opsets { get; private set; } = ImmutableSortedDictionary<string, int>.Empty;
    public Dictionary<string, IrType> Types { get; } = [];

    /// <summary>The metadata of values, by name.</summary>
    public Dictionary<string, ValueMetadata> MetadataOf { get; } = [];

    public Metadata? Metadata { get; private set; }

    public static FunctionSource Decode(ReadOnlyMemory<byte> function)
    {
        var source = new FunctionSource();
        var opsets = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        string name = "", domain = "", overload = "";
        var metadata = new MetadataBuilder();
        var types = new TypeCache();
        var reader = new WireReader(function);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.FunctionProto.NameFieldNumber: name = reader.Text(); break;
                case Proto.FunctionProto.DomainFieldNumber: domain = reader.Text(); break;
                case Proto.FunctionProto.OverloadFieldNumber: overload = reader.Text(); break;
                case Proto.FunctionProto.InputFieldNumber: source.Inputs.Add(reader.Text()); break;
                case Proto.FunctionProto.OutputFieldNumber: source.Outputs.Add(reader.Text()); break;
                case Proto.FunctionProto.AttributeFieldNumber: source.Attributes.Add(reader.Text()); break;
                case Proto.FunctionProto.AttributeProtoFieldNumber: source.Defaults.Add(reader.Bytes()); break;
                case Proto.FunctionProto.NodeFieldNumber: source.Nodes.Add(reader.Bytes()); break;
                case Proto.FunctionProto.OpsetImportFieldNumber: Entries.AddOpset(opsets, reader.Bytes()); break;
                case Proto.FunctionProto.DocStringFieldNumber: metadata.Doc(reader.Text()); break;
                case Proto.FunctionProto.MetadataPropsFieldNumber: metadata.Add(reader.Bytes()); break;
                case Proto.FunctionProto.ValueInfoFieldNumber:
                    (string value, IrType type, ValueMetadata? ofValue) = Entries.DecodeValueInfo(reader.Bytes(), types);
                    source.Types[value] = type;
                    if (ofValue is not null) source.MetadataOf[value] = ofValue;
                    break;
                default: reader.Skip(); break;
            }
        source.Name = new(OnnxVersions.Domain(domain), name, overload);
        source.Opsets = opsets.ToImmutable();
        source.Metadata = metadata.ToMetadata();
        return source;
    }
}

/// <summary>One use of a function: what its nodes are imported with.</summary>
/// <param name="Function">The function.</param>
/// <param name="Arguments">The values of its attributes; null where the function is kept, so that references to them stay.</param>
/// <param name="Prefix">What distinguishes the names of this use from those of others.</param>
/// <param name="Caller">The use whose node calls this one, or null.</param>
internal sealed record FunctionCall(FunctionSource Function, AttributeMap? Arguments, string Prefix, FunctionCall? Caller)
{
    /// <summary>Whether the function is being expanded already.</summary>
    public bool Expands(FunctionSource function)
    {
        for (FunctionCall? call = this; call is not null; call = call.Caller)
            if (ReferenceEquals(call.Function, function)) return true;
        return false;
    }
}
